{{/* What the schema cannot say. Each message: what is wrong, where, what to do. */}}
{{- define "fraud-detector.check" -}}
{{- include "fraud-detector.checkNames" . -}}
{{- include "fraud-detector.checkGateway" . -}}
{{- include "fraud-detector.checkApis" . -}}
{{- include "fraud-detector.checkStorageContainer" . -}}
{{- range $name := keys .Values.releases | sortAlpha -}}
{{- include "fraud-detector.checkRelease" (dict "root" $ "name" $name) -}}
{{- end -}}
{{- if not .Values.route.unchecked -}}
{{- include "fraud-detector.checkWeights" . -}}
{{- end -}}
{{- end }}

{{- define "fraud-detector.checkNames" -}}
{{- $names := keys .Values.releases | sortAlpha -}}
{{- $known := join ", " $names | default "none" -}}
{{- $stable := .Values.stable -}}
{{- $canary := .Values.canary -}}
{{- if and $stable (not (has $stable $names)) -}}
{{- fail (printf "stable is %q, but releases has no such release (it has: %s). A release that still has weight cannot be removed: add it back, or make another one stable first." $stable $known) -}}
{{- end -}}
{{- if and $canary.name (not (has $canary.name $names)) -}}
{{- fail (printf "canary.name is %q, but releases has no such release (it has: %s). Add releases.%s, or empty canary.name." $canary.name $known $canary.name) -}}
{{- end -}}
{{- if and $canary.name (eq $canary.name $stable) -}}
{{- fail (printf "canary.name and stable are both %q. To promote it, empty canary.name and set canary.weight to 0." $stable) -}}
{{- end -}}
{{- if and $canary.weight (not (and $canary.name $stable)) -}}
{{- fail (printf "canary.weight is %d, but it needs two releases: set canary.name and stable, or canary.weight to 0." ($canary.weight | int)) -}}
{{- end -}}
{{- range $name := $names -}}
{{- $isvc := include "fraud-detector.isvc" (dict "root" $ "name" $name) -}}
{{- if gt (len $isvc) 42 -}}
{{- fail (printf "releases.%s: its InferenceService would be %q, %d characters; at most 42 leave room for what Kubernetes adds. Choose a shorter name, or set fullnameOverride." $name $isvc (len $isvc)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Environment variables that change how Python or its libraries work, as JSON. */}}
{{- define "fraud-detector.harmfulEnv" -}}
{{- list "HTTP_PROXY" "HTTPS_PROXY" "ALL_PROXY" "NO_PROXY" "GRPC_PROXY" "SSL_CERT_FILE" "SSL_CERT_DIR" "REQUESTS_CA_BUNDLE" "CURL_CA_BUNDLE" "LD_PRELOAD" "LD_LIBRARY_PATH" "PYTHONHOME" "PYTHONSTARTUP" "PYTHONOPTIMIZE" "PYTHONINSPECT" | toJson -}}
{{- end }}

{{- define "fraud-detector.checkGateway" -}}
{{- if and .Values.gateway.tls.existingSecret (not .Values.gateway.create) -}}
{{- fail "gateway.tls.existingSecret is set, but gateway.create is not: a Gateway that is there has its own listeners. Set gateway.create, or configure TLS there." -}}
{{- end -}}
{{- if and .Values.registry.ca.configMap .Values.registry.ca.secret -}}
{{- fail "registry.ca names a ConfigMap and a Secret. The certificates come from one of them: empty the other." -}}
{{- end -}}
{{- $taken := list "WANDB_BASE_URL" "WANDB_API_KEY" "WANDB_CA_CERTIFICATES" "FRAUD_TRUSTED_KEYS" -}}
{{- range .Values.storageContainer.extraEnv -}}
{{- if has .name $taken -}}
{{- fail (printf "storageContainer.extraEnv: %s is set by the chart, or comes twice. Set registry.baseUrl, registry.existingSecret, registry.ca or registry.trustedKeys instead." .name) -}}
{{- end -}}
{{- $taken = append $taken .name -}}
{{- end -}}
{{- if and .Values.internal.enabled (not .Values.internal.gateway.create) (not (and .Values.internal.gateway.name .Values.internal.gateway.namespace)) -}}
{{- fail "internal.enabled is set without a Gateway: set internal.gateway.create, or internal.gateway.name and .namespace of one that is not reached from outside." -}}
{{- end -}}
{{- if .Values.jwt.enabled -}}
{{- if not .Values.jwt.issuer -}}
{{- fail "jwt.enabled is set, but jwt.issuer is empty: a token of any issuer would do. Set it." -}}
{{- end -}}
{{- if eq (empty .Values.jwt.jwks) (empty .Values.jwt.jwksUri) -}}
{{- fail "jwt.enabled needs the issuer's keys from one place: set either jwt.jwksUri or jwt.jwks." -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Custom resources that options need. Only a cluster knows; without one (`helm template`) nothing is asked. */}}
{{- define "fraud-detector.checkApis" -}}
{{- $apis := .Capabilities.APIVersions -}}
{{- if $apis.Has "serving.kserve.io/v1beta1" -}}
{{- $monitoring := or .Values.monitoring.podMonitor.enabled .Values.monitoring.rules.enabled -}}
{{- if and $monitoring (not ($apis.Has "monitoring.coreos.com/v1")) -}}
{{- fail "monitoring.podMonitor.enabled or monitoring.rules.enabled is set, but the cluster has no Prometheus operator (monitoring.coreos.com/v1). Install it, or unset them." -}}
{{- end -}}
{{- $envoy := or .Values.jwt.enabled (eq (toString .Values.trafficPolicy.enabled) "true") (and .Values.internal.enabled .Values.internal.gateway.create) -}}
{{- if and $envoy (not ($apis.Has "gateway.envoyproxy.io/v1alpha1")) -}}
{{- fail "jwt, trafficPolicy or internal.gateway.create is set, but the cluster has no Envoy Gateway (gateway.envoyproxy.io/v1alpha1). Install it, or unset them; for internal, name a Gateway of another kind." -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* One for the cluster: another installation's must not be taken over. */}}
{{- define "fraud-detector.checkStorageContainer" -}}
{{- if .Values.storageContainer.create -}}
{{- $live := lookup "serving.kserve.io/v1alpha1" "ClusterStorageContainer" "" .Values.storageContainer.name -}}
{{- if $live -}}
{{- $owner := $live.metadata.annotations | default dict -}}
{{- $name := index $owner "meta.helm.sh/release-name" | default "none" -}}
{{- $namespace := index $owner "meta.helm.sh/release-namespace" | default "none" -}}
{{- if or (ne $name .Release.Name) (ne $namespace .Release.Namespace) -}}
{{- fail (printf "The cluster has a ClusterStorageContainer %q already (Helm release %s, namespace %s), and there is one for all of wandb://. Use it with storageContainer.create=false (its registry, its Secret's name), or remove it there." .Values.storageContainer.name $name $namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "fraud-detector.checkRelease" -}}
{{- $release := include "fraud-detector.release" . | fromJson -}}
{{- range $artifact := list "model" "preprocessor" -}}
{{- if and $.root.Values.registry.requireDigest (not (contains "@sha256:" (index $release $artifact))) -}}
{{- fail (printf "releases.%s.%s names no digest, but registry.requireDigest is set: whoever can write to the registry could put other content under %s. Write it as `fraudctl registry show` gives it (pin), or unset registry.requireDigest." $.name $artifact (index $release $artifact)) -}}
{{- end -}}
{{- end -}}
{{- range $kind := list "predictor" "transformer" -}}
{{- $pod := index $release $kind -}}
{{- $where := printf "releases.%s.%s" $.name $kind -}}
{{- $drain := $pod.drain -}}
{{- $needed := add ($drain.preStop | int) ($drain.grace | int) -}}
{{- if le ($drain.termination | int) ($needed | int) -}}
{{- fail (printf "%s.drain: preStop %d s + grace %d s do not end before termination %d s, when Kubernetes kills the pod and requests are lost. Set termination to %d or more (here or in releaseDefaults)." $where ($drain.preStop | int) ($drain.grace | int) ($drain.termination | int) (add $needed 5 | int)) -}}
{{- end -}}
{{- if and $release.autoscaling (lt ($pod.maxReplicas | int) ($pod.replicas | int)) -}}
{{- fail (printf "%s: maxReplicas %d is below replicas %d. Raise it." $where ($pod.maxReplicas | int) ($pod.replicas | int)) -}}
{{- end -}}
{{- range $label, $_ := $pod.podLabels -}}
{{- if or (has $label (list "app" "component")) (regexMatch "^([a-z0-9.-]+\\.)?(kserve\\.io|knative\\.dev)/|^app\\.kubernetes\\.io/(name|instance)$" $label) -}}
{{- fail (printf "%s.podLabels: %s selects these pods for Services, policies or KServe. Choose another label." $where $label) -}}
{{- end -}}
{{- end -}}
{{- $taken := concat (include "fraud-detector.ownEnv" (dict "kind" $kind) | fromJsonArray) (keys ($pod.settings | default dict)) -}}
{{- range $pod.extraEnv -}}
{{- if has (upper .name) (include "fraud-detector.harmfulEnv" $ | fromJsonArray) -}}
{{- fail (printf "%s.extraEnv: %s would break a serving pod, or do nothing: it calls nothing outside the cluster, and never through a proxy. For the storage initializer's way to W&B set storageContainer.extraEnv and registry.ca." $where .name) -}}
{{- end -}}
{{- if or (hasPrefix "FRAUD_" .name) (has .name $taken) (eq .name "PYTHONPATH") -}}
{{- fail (printf "%s.extraEnv: %s is taken or refused. Settings FRAUD_* belong under settings; the chart sets %s itself, KServe refuses PYTHONPATH, and no name may come twice." $where .name (include "fraud-detector.ownEnv" (dict "kind" $kind) | fromJsonArray | join ", ")) -}}
{{- end -}}
{{- $taken = append $taken .name -}}
{{- end -}}
{{- end -}}
{{- $live := lookup "serving.kserve.io/v1beta1" "InferenceService" .root.Release.Namespace (include "fraud-detector.isvc" .) -}}
{{- if $live -}}
{{- $was := index ($live.metadata.annotations | default dict) "fraud-detector.io/identity" -}}
{{- if ne ($was | default "") (include "fraud-detector.identity" .) -}}
{{- fail (printf "releases.%s differs from the release of that name in the cluster, and a release never changes (only replicas, maxReplicas and targetCPU may). Put the old values back, and add another release with the new ones." .name) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Weight by release as the cluster's route has it now, as JSON; empty where there is none. */}}
{{- define "fraud-detector.liveWeights" -}}
{{- $weights := dict -}}
{{- $prefix := printf "%s-" (include "fraud-detector.fullname" .) -}}
{{- $route := lookup "gateway.networking.k8s.io/v1" "HTTPRoute" .Release.Namespace (include "fraud-detector.fullname" .) -}}
{{- if $route -}}
{{- range (first $route.spec.rules).backendRefs -}}
{{- $_ := set $weights (.name | trimPrefix $prefix | trimSuffix "-transformer") (.weight | int) -}}
{{- end -}}
{{- end -}}
{{- toJson $weights -}}
{{- end }}

{{/* Available pods of a component: {root, name, component}. */}}
{{- define "fraud-detector.available" -}}
{{- $deployment := lookup "apps/v1" "Deployment" .root.Release.Namespace (printf "%s-%s" (include "fraud-detector.isvc" .) .component) -}}
{{- dig "status" "availableReplicas" 0 ($deployment | default dict) | int -}}
{{- end }}

{{/* Weight grows only for a release with the pods for it: of what the release that serves most has available now, its
     share. The first route of all has nothing to lose, and takes the stable release alone. */}}
{{- define "fraud-detector.checkWeights" -}}
{{- $now := include "fraud-detector.liveWeights" . | fromJson -}}
{{- $wanted := include "fraud-detector.weights" . | fromJson -}}
{{- if and (empty $now) .Values.canary.weight (.Capabilities.APIVersions.Has "serving.kserve.io/v1beta1") -}}
{{- fail (printf "canary.weight is %d, but there is no route yet, so nothing has shown that it works. Install with stable alone first, and give %q its weight when its pods are Ready." (.Values.canary.weight | int) .Values.canary.name) -}}
{{- end -}}
{{- $most := "" -}}
{{- range $name, $weight := $now -}}
{{- if not (hasKey $.Values.releases $name) -}}
{{- fail (printf "Release %q has %d %% of the traffic, but is missing in releases. Move its weight away in one upgrade, and remove it in the next." $name ($weight | int)) -}}
{{- end -}}
{{- if gt ($weight | int) (index $now $most | default 0 | int) -}}{{- $most = $name -}}{{- end -}}
{{- end -}}
{{- range $name, $weight := $wanted -}}
{{- if and $most (gt ($weight | int) (index $now $name | default 0 | int)) -}}
{{- range $component := list "predictor" "transformer" -}}
{{- $all := include "fraud-detector.available" (dict "root" $ "name" $most "component" $component) | int -}}
{{- $needed := max 1 (divf (mul $all ($weight | int)) 100 | ceil | int) | int -}}
{{- $there := include "fraud-detector.available" (dict "root" $ "name" $name "component" $component) | int -}}
{{- if lt $there $needed -}}
{{- fail (printf "Release %q is to get %d %% of the traffic, but has %d of the %d available %s pods that this takes (%s, which serves most, has %d). Wait until they are Ready (kubectl rollout status deployment/%s-%s --namespace %s), or raise releases.%s.%s.replicas first. In an emergency: --set route.unchecked=true." $name ($weight | int) $there $needed $component $most $all (include "fraud-detector.isvc" (dict "root" $ "name" $name)) $component $.Release.Namespace $name $component) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

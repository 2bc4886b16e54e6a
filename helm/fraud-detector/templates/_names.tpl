{{/* What all objects' names begin with. Helm takes release names with dots, or with a digit first; a Service, and so an
     InferenceService, has neither. */}}
{{- define "fraud-detector.fullname" -}}
{{- $name := .Values.fullnameOverride | default (.Release.Name | replace "." "-") -}}
{{- if regexMatch "^[0-9]" $name }}fraud-{{ end }}{{ $name -}}
{{- end }}

{{/* Name of a release's InferenceService: the one name that its answers, its pods and the pinning header bear. */}}
{{- define "fraud-detector.isvc" -}}
{{- printf "%s-%s" (include "fraud-detector.fullname" .root) .name -}}
{{- end }}

{{/* Headless Service of a release's predictor pods. */}}
{{- define "fraud-detector.pool" -}}
{{- printf "%s-pool" (include "fraud-detector.isvc" .) -}}
{{- end }}

{{- define "fraud-detector.wandbLocal" -}}
{{- printf "%s-wandb-local" (include "fraud-detector.fullname" .) -}}
{{- end }}

{{- define "fraud-detector.monitor" -}}
{{- printf "%s-monitor" (include "fraud-detector.fullname" .) -}}
{{- end }}

{{- define "fraud-detector.monitorPods" -}}
{{ include "fraud-detector.selector" . }}
app.kubernetes.io/component: monitor
{{- end }}

{{/* Certificates of a private authority, for what speaks to the registry. */}}
{{- define "fraud-detector.authorities" -}}
{{- with .Values.registry.ca }}
{{- if .configMap }}
- name: WANDB_CA_CERTIFICATES
  valueFrom:
    configMapKeyRef: {name: {{ .configMap | quote }}, key: {{ .key | quote }}}
{{- else if .secret }}
- name: WANDB_CA_CERTIFICATES
  valueFrom:
    secretKeyRef: {name: {{ .secret | quote }}, key: {{ .key | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "fraud-detector.registryUrl" -}}
{{- if .Values.wandbLocal.enabled -}}
http://{{ include "fraud-detector.wandbLocal" . }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}
{{- else -}}
{{ .Values.registry.baseUrl }}
{{- end -}}
{{- end }}

{{/* Labels that select: the same for ever. */}}
{{- define "fraud-detector.selector" -}}
app.kubernetes.io/name: fraud-detector
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels of everything but InferenceServices, whose labels reach the pods: a change there restarts them. */}}
{{- define "fraud-detector.labels" -}}
{{ include "fraud-detector.selector" . }}
app.kubernetes.io/part-of: fraud-detector
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{/* Labels of one component's pods, as KServe writes them. */}}
{{- define "fraud-detector.podsOf" -}}
serving.kserve.io/inferenceservice: {{ include "fraud-detector.isvc" . | quote }}
component: {{ .component }}
{{- end }}

{{/* Reference of an image: {root, image, where}. */}}
{{- define "fraud-detector.image" -}}
{{- if and .root.Values.image.requireDigest (not .image.digest) -}}
{{- fail (printf "%s.digest is empty, but image.requireDigest is set. Give the digest (sha256:...), or unset it." .where) -}}
{{- end -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end -}}
{{ .image.repository }}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end }}

{{- define "fraud-detector.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ include "fraud-detector.fullname" . }}-serving
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end }}

{{/* Whether the limits in front are made, as text: "true" or none. */}}
{{- define "fraud-detector.trafficPolicy" -}}
{{- $enabled := .Values.trafficPolicy.enabled | toString -}}
{{- if or (eq $enabled "true") (and (eq $enabled "auto") (.Capabilities.APIVersions.Has "gateway.envoyproxy.io/v1alpha1")) -}}
true
{{- end -}}
{{- end }}

{{- define "fraud-detector.ownGateway" -}}
{{ include "fraud-detector.fullname" . }}
{{- end }}

{{- define "fraud-detector.internalGateway" -}}
{{ include "fraud-detector.fullname" . }}-internal
{{- end }}

{{/* Pod Security "restricted", and a user that owns nothing. */}}
{{- define "fraud-detector.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* runAsNonRoot and seccomp again, since an init container that KServe adds has only its own. */}}
{{- define "fraud-detector.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* What the chart sets itself, and a release's settings and extraEnv may not: {kind}. */}}
{{- define "fraud-detector.ownEnv" -}}
{{- $own := list "FRAUD_MODEL_DIR" "FRAUD_GRACE" "FRAUD_TRUSTED_KEYS" "STORAGE_URI" -}}
{{- if eq .kind "transformer" -}}
{{- $own = concat $own (list "FRAUD_PREPROCESSOR_DIR" "FRAUD_PREDICTOR" "FRAUD_RELEASE" "FRAUD_ADMIN_TOKEN") -}}
{{- end -}}
{{- toJson $own -}}
{{- end }}

{{/* One component of an InferenceService: {root, name, kind, release}. */}}
{{- define "fraud-detector.component" -}}
{{- $pod := index .release .kind -}}
{{- $root := .root -}}
{{- $transformer := eq .kind "transformer" -}}
{{- $probes := ternary 9091 8080 $transformer -}}
{{- $app := printf "isvc.%s-%s" (include "fraud-detector.isvc" .) .kind -}}
minReplicas: {{ $pod.replicas | int }}
{{- if .release.autoscaling }}
maxReplicas: {{ $pod.maxReplicas | int }}
scaleMetric: cpu
scaleTarget: {{ $pod.targetCPU | int }}
{{- end }}
{{- with $pod.podLabels }}
labels: {{ toJson . }}
{{- end }}
{{- with $pod.podAnnotations }}
annotations: {{ toJson . }}
{{- end }}
deploymentStrategy:
  type: RollingUpdate
  rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
serviceAccountName: {{ include "fraud-detector.serviceAccount" $root | quote }}
automountServiceAccountToken: false
# The variables of a Service named fraud-... would be taken for settings.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $pod.drain.termination | int }}
securityContext:
  {{- include "fraud-detector.podSecurity" $root | nindent 2 }}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with $pod.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $pod.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with $pod.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with $pod.affinity }}
affinity: {{ toJson . }}
{{- end }}
{{- with $pod.spread }}
topologySpreadConstraints:
  {{- range . }}
  - topologyKey: {{ . | quote }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {app: {{ $app | quote }}}
  {{- end }}
{{- end }}
{{- if $transformer }}
storageUris:
  - uri: {{ .release.model | quote }}
    mountPath: /mnt/models/model
  - uri: {{ .release.preprocessor | quote }}
    mountPath: /mnt/models/preprocessor
{{- end }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 1Gi}
  {{- range $pod.extraVolumes }}
  - {{ toJson . }}
  {{- end }}
containers:
  - name: kserve-container
    image: {{ include "fraud-detector.image" (dict "root" $root "image" $pod.image "where" (printf "releases.%s.%s.image" .name .kind)) | quote }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    # KServe publishes every port that is declared; the admin port is not.
    ports:
      - {name: http, containerPort: 8080, protocol: TCP}
      - {name: h2c, containerPort: 8081, protocol: TCP}
    env:
      {{- if $transformer }}
      - {name: FRAUD_MODEL_DIR, value: /mnt/models/model}
      - {name: FRAUD_PREPROCESSOR_DIR, value: /mnt/models/preprocessor}
      - name: FRAUD_PREDICTOR
        value: {{ printf "%s.%s.svc.%s.:8081" (include "fraud-detector.pool" .) $root.Release.Namespace $root.Values.clusterDomain | quote }}
      - name: FRAUD_RELEASE
        value: {{ include "fraud-detector.isvc" . | quote }}
      {{- with $root.Values.adminToken.existingSecret }}
      - name: FRAUD_ADMIN_TOKEN
        valueFrom:
          secretKeyRef: {name: {{ . | quote }}, key: {{ $root.Values.adminToken.key | quote }}}
      {{- end }}
      {{- else }}
      - name: STORAGE_URI
        value: {{ .release.model | quote }}
      - {name: FRAUD_MODEL_DIR, value: /mnt/models}
      {{- end }}
      {{- with $root.Values.registry.trustedKeys }}
      - {name: FRAUD_TRUSTED_KEYS, value: {{ . | quote }}}
      {{- end }}
      - {name: FRAUD_GRACE, value: {{ $pod.drain.grace | int | quote }}}
      {{- range $setting, $value := $pod.settings }}
      - {name: {{ $setting }}, value: {{ $value | quote }}}
      {{- end }}
      {{- range $pod.extraEnv }}
      - {{ toJson . }}
      {{- end }}
    resources: {{ $pod.resources | default dict | toJson }}
    securityContext:
      {{- include "fraud-detector.containerSecurity" $root | nindent 6 }}
    # Started: the artifacts are verified and loaded.
    startupProbe:
      httpGet: {path: /live, port: {{ $probes }}}
      periodSeconds: 1
      timeoutSeconds: 2
      failureThreshold: {{ $pod.startSeconds | int }}
    # Ready: the pair reproduced its golden decisions once, and the pod is not stopping.
    readinessProbe:
      httpGet: {path: {{ ternary "/ready" "/v2/models/fraud/ready" $transformer }}, port: {{ $probes }}}
      periodSeconds: 2
      timeoutSeconds: 2
      failureThreshold: 3
    # Alive: the event loop answers at all.
    livenessProbe:
      httpGet: {path: /live, port: {{ $probes }}}
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    lifecycle:
      preStop:
        sleep: {seconds: {{ $pod.drain.preStop | int }}}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
      {{- range $pod.extraVolumeMounts }}
      - {{ toJson . }}
      {{- end }}
{{- end }}

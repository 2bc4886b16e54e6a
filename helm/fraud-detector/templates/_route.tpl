{{/* Weight by release, as JSON. */}}
{{- define "fraud-detector.weights" -}}
{{- $weights := dict -}}
{{- with .Values.stable -}}{{- $_ := set $weights . (sub 100 ($.Values.canary.weight | int)) -}}{{- end -}}
{{- with .Values.canary -}}
{{- if and .name .weight -}}{{- $_ := set $weights .name (.weight | int) -}}{{- end -}}
{{- end -}}
{{- toJson $weights -}}
{{- end }}

{{/* Backends by weight: {root, port}. A release without weight is left out, so that it can go. */}}
{{- define "fraud-detector.weighted" -}}
{{- $weights := include "fraud-detector.weights" .root | fromJson -}}
{{- range $name := keys $weights | sortAlpha }}
{{- with index $weights $name | int }}
- name: {{ include "fraud-detector.isvc" (dict "root" $.root "name" $name) }}-transformer
  port: {{ $.port }}
  weight: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Backend of one release: {root, name, port}. */}}
{{- define "fraud-detector.pinned" -}}
- name: {{ include "fraud-detector.isvc" . }}-transformer
  port: {{ .port }}
  weight: 1
{{- end }}

{{/* One rule of a route: {root, backends (name of a template), name, header, internal, path, timeout, port}. The pinning
     header stops here: behind the gateway nobody needs it. What marks a request as synthetic stops at the public route:
     a caller from outside must not be able to keep a payment out of metrics and recent decisions. */}}
{{- define "fraud-detector.rule" -}}
- matches:
    - path: {{ toJson .path }}
      {{- with .header }}
      headers:
        - {type: Exact, name: x-fraud-release, value: {{ . | quote }}}
      {{- end }}
  filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: {remove: {{ ternary (list "x-fraud-release") (list "x-fraud-release" "x-fraud-synthetic") .internal | toJson }}}
  timeouts: {request: {{ .timeout | quote }}}
  backendRefs:
    {{- include .backends . | nindent 4 }}
{{- end }}

{{/* The rules of a route: {root, backends, name, header, internal}. HTTP and gRPC are in one object, so that both move in the
     same moment. */}}
{{- define "fraud-detector.rules" -}}
{{- $timeouts := .root.Values.route.timeouts -}}
{{- $grpc := dict "type" "PathPrefix" "value" "/inference.GRPCInferenceService" -}}
{{- $batch := dict "type" "Exact" "value" "/predict/batch" -}}
{{- $all := dict "type" "PathPrefix" "value" "/" }}
{{ include "fraud-detector.rule" (merge (dict "path" $grpc "timeout" $timeouts.request "port" 8081) .) }}
{{ include "fraud-detector.rule" (merge (dict "path" $batch "timeout" $timeouts.batch "port" 80) .) }}
{{ include "fraud-detector.rule" (merge (dict "path" $all "timeout" $timeouts.request "port" 80) .) }}
{{- end }}

{{- define "fraud-detector.wandbLocalPods" -}}
{{ include "fraud-detector.selector" . }}
app.kubernetes.io/component: wandb-local
{{- end }}

{{- define "fraud-detector.dnsEgress" -}}
{{- with .Values.networkPolicy.dns -}}
- to: {{ toJson . }}
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
{{- end -}}
{{- end }}

{{/* Selector of all pods that KServe makes for this chart. */}}
{{- define "fraud-detector.servingPods" -}}
matchLabels:
  {{- include "fraud-detector.selector" . | nindent 2 }}
matchExpressions:
  - {key: serving.kserve.io/inferenceservice, operator: Exists}
{{- end }}

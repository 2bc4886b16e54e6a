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

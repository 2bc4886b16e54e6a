{{/* Series of this installation's releases, inside braces. */}}
{{- define "fraud-detector.series" -}}
namespace="{{ .Release.Namespace }}",release=~"{{ include "fraud-detector.fullname" . }}-.+"
{{- end }}

{{/* One alert: {root, name, expr, for, severity, summary, description}. */}}
{{- define "fraud-detector.alert" -}}
- alert: {{ .name }}
  expr: {{ .expr | quote }}
  for: {{ .for }}
  labels:
    severity: {{ .severity }}
  annotations:
    summary: {{ .summary | quote }}
    description: {{ .description | quote }}
{{- end }}

{{- define "fraud-detector.alerts" -}}
{{- $rules := .Values.monitoring.rules -}}
{{- $series := include "fraud-detector.series" . -}}
{{- $scoring := "route=~\"/predict|/predict/|/v1/models/fraud:predict|/v2/models/fraud/infer\"" -}}
{{- $release := "{{ $labels.release }}" -}}
{{- $percent := "{{ $value | humanizePercentage }}" }}
{{ include "fraud-detector.alert" (dict "name" "FraudRequestsFail" "for" "5m" "severity" "critical"
  "expr" (printf "sum by (release) (rate(fraud_requests_total{%s,status=~\"5..\"}[5m])) / sum by (release) (rate(fraud_requests_total{%s}[5m])) > %v" $series $series $rules.errorShare)
  "summary" (printf "%s of the requests to %s fail" $percent $release)
  "description" "Status 503: no predictor, or too many requests; 504: too slow; 500: a bug, which the transformer's log tells.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudRequestsSlow" "for" "5m" "severity" "warning"
  "expr" (printf "histogram_quantile(0.99, sum by (release, le) (rate(fraud_request_seconds_bucket{%s,%s}[5m]))) > %v" $series $scoring $rules.latencySeconds)
  "summary" (printf "One in a hundred requests to %s takes longer than {{ $value | humanizeDuration }}" $release)
  "description" "fraud_stage_seconds tells the wait for a predictor from its work. More predictor pods help against the wait.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudWithoutPredictor" "for" "1m" "severity" "critical"
  "expr" (printf "min by (release) (fraud_predictors{%s}) == 0" $series)
  "summary" (printf "A transformer of %s has no predictor" $release)
  "description" "It answers 503, or review where FRAUD_FALLBACK=review. Look at the release's predictor pods.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudPredictorCallsFail" "for" "5m" "severity" "warning"
  "expr" (printf "sum by (release, code) (rate(fraud_predictor_failures_total{%s}[5m])) > 0.1" $series)
  "summary" (printf "Calls of the predictor of %s fail: {{ $labels.code }}" $release)
  "description" "Most are hidden by one retry on another pod, as long as there is another.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudDecidedWithoutScore" "for" "5m" "severity" "warning"
  "expr" (printf "sum by (release, code) (rate(fraud_degraded_total{%s}[5m])) > 0" $series)
  "summary" (printf "%s sends payments to review without a score: {{ $labels.code }}" $release)
  "description" "FRAUD_FALLBACK=review is at work. Reviewers get more than the model would give them.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudUnknownCategories" "for" "15m" "severity" "warning"
  "expr" (printf "sum by (release) (rate(fraud_unknown_category_total{%s}[15m])) / sum by (release) (rate(fraud_decisions_total{%s}[15m])) > %v" $series $series $rules.unknownShare)
  "summary" (printf "%s of the payments at %s have a category that training never saw" $percent $release)
  "description" "They are scored as an unknown category, less well. The answers' warnings name what callers send.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudReleaseMixed" "for" "1m" "severity" "critical"
  "expr" (printf "count by (release) (count by (release, model_digest, preprocessor_digest) (fraud_release_info{%s})) > 1" $series)
  "summary" (printf "Pods of %s serve different artifacts" $release)
  "description" "A release is immutable; somebody changed its InferenceService. Add a release instead, and move the traffic.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudAbsent" "for" "5m" "severity" "critical"
  "expr" (printf "absent(fraud_release_info{%s})" $series)
  "summary" "No transformer is scraped"
  "description" "Nothing serves, or Prometheus does not reach the admin port: look at the pods, the PodMonitor and networkPolicy.monitoring.") }}
{{- if .Values.monitor.enabled }}
{{ include "fraud-detector.alert" (dict "name" "FraudDrift" "for" "10m" "severity" "warning"
  "expr" (printf "max by (release, span) (fraud_drift_alert{%s}) > 0" $series)
  "summary" (printf "Payments at %s have moved over a {{ $labels.span }}, and what is decided or expected to be lost has too" $release)
  "description" "fraud_drift_moved and fraud_outcome_moved name what moved; fraudctl monitor status shows the figures. The runbook: docs/how-to/monitoring.md.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudMonitorStale" "for" "5m" "severity" "warning"
  "expr" (printf "time() - max by (release) (fraud_window_end_timestamp_seconds{%s}) > 900" $series)
  "summary" (printf "No window of %s was closed for {{ $value | humanizeDuration }}" $release)
  "description" "The monitor reaches none of the release's pods, or stands still. Serving goes on.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudMonitorAbsent" "for" "15m" "severity" "warning"
  "expr" (printf "absent(fraud_monitor_windows_waiting{%s})" $series)
  "summary" "No monitor is scraped"
  "description" "It does not run, or Prometheus does not reach its port, so no drift is seen either: look at its Deployment, the PodMonitor and networkPolicy.monitoring. Serving goes on.") }}
{{ include "fraud-detector.alert" (dict "name" "FraudMonitorUndelivered" "for" "30m" "severity" "warning"
  "expr" (printf "max by (release) (fraud_monitor_windows_waiting{%s}) > 60" $series)
  "summary" (printf "{{ $value }} windows of %s wait for W&B" $release)
  "description" "W&B refuses or is away; the monitor's log says which. They wait until the buffer is full, then the oldest are dropped.") }}
{{- end }}
{{- end }}

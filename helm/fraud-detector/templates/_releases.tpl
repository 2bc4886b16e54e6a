{{/* A release with what it leaves open filled in, as JSON: {root, name}. */}}
{{- define "fraud-detector.release" -}}
{{- $given := index .root.Values.releases .name | default dict -}}
{{- $merged := mustMergeOverwrite (deepCopy .root.Values.releaseDefaults) (deepCopy $given) -}}
{{- include "fraud-detector.withoutNulls" (dict "given" $given "merged" $merged) -}}
{{- end }}

{{/* `merged` as JSON, without what `given` sets to null: so a release takes a default back, as Helm's own values do. */}}
{{- define "fraud-detector.withoutNulls" -}}
{{- $kept := .merged -}}
{{- range $key, $value := .given -}}
{{- if kindIs "invalid" $value -}}
{{- $kept = omit $kept $key -}}
{{- else if kindIs "map" $value -}}
{{- $inner := include "fraud-detector.withoutNulls" (dict "given" $value "merged" (index $kept $key)) | fromJson -}}
{{- $kept = mustMerge (dict $key $inner) (omit $kept $key) -}}
{{- end -}}
{{- end -}}
{{- toJson $kept -}}
{{- end }}

{{/* Hash of what a release may never change: all that its own values say, but for its numbers of pods. */}}
{{- define "fraud-detector.identity" -}}
{{- $given := deepCopy (index .root.Values.releases .name) -}}
{{- range $kind := list "transformer" "predictor" -}}
{{- $pod := omit (index $given $kind | default dict) "replicas" "maxReplicas" "targetCPU" -}}
{{- $given = omit $given $kind -}}
{{- if $pod -}}{{- $_ := set $given $kind $pod -}}{{- end -}}
{{- end -}}
{{- toJson $given | sha256sum | trunc 32 -}}
{{- end }}

{{/* The spec of a new InferenceService: {root, name}. */}}
{{- define "fraud-detector.spec" -}}
{{- $release := include "fraud-detector.release" . | fromJson -}}
predictor:
  {{- include "fraud-detector.component" (merge (dict "kind" "predictor" "release" $release) .) | nindent 2 }}
transformer:
  {{- include "fraud-detector.component" (merge (dict "kind" "transformer" "release" $release) .) | nindent 2 }}
{{- end }}

{{/* The spec of an InferenceService: the living one's, whatever the chart's template has become since, but for the
     numbers of pods. So an upgrade of the chart restarts nothing: {root, name, live}. */}}
{{- define "fraud-detector.keptSpec" -}}
{{- $new := include "fraud-detector.spec" . | fromYaml -}}
{{- $spec := deepCopy .live.spec -}}
{{- range $kind := list "transformer" "predictor" -}}
{{- range $field := list "minReplicas" "maxReplicas" "scaleTarget" -}}
{{- if hasKey (index $new $kind) $field -}}
{{- $_ := set (index $spec $kind) $field (index $new $kind $field | int) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $spec -}}
{{- end }}

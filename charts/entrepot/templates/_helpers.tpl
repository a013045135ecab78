{{- define "entrepot.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "entrepot.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "entrepot.labels" -}}
{{ include "entrepot.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "entrepot.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "entrepot.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "entrepot.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Not empty when the pods share the node's network. */}}
{{- define "entrepot.hostNetwork" -}}
{{- if and (eq .Values.mode "daemonset") .Values.daemonset.hostNetwork -}}true{{- end -}}
{{- end -}}

{{/* The names by which the mirror is reached, for the certificate that Entrepot issues. */}}
{{- define "entrepot.names" -}}
{{- $names := list -}}
{{- if eq .Values.mode "deployment" -}}
{{- $service := include "entrepot.fullname" . -}}
{{- $inNamespace := printf "%s.%s" $service .Release.Namespace -}}
{{- $names = list $service $inNamespace (printf "%s.svc" $inNamespace) (printf "%s.svc.cluster.local" $inNamespace) -}}
{{- with .Values.service.clusterIP }}{{ if ne . "None" }}{{ $names = append $names . }}{{ end }}{{ end -}}
{{- end -}}
{{- $own := dig "tls" "names" list .Values.config -}}
{{- toYaml (concat $names $own | uniq) -}}
{{- end -}}

{{/* The tree below `entrepot:`, the user's word over the chart's. */}}
{{- define "entrepot.config" -}}
{{- $host := ternary "127.0.0.1" "0.0.0.0" (not (empty (include "entrepot.hostNetwork" .))) -}}
{{- $tls := dict "directory" "/var/lib/entrepot/certs" -}}
{{- if .Values.tls.secretName -}}
{{- $tls = dict "certificate" "/run/entrepot-tls/tls.crt" "private-key" "/run/entrepot-tls/tls.key" -}}
{{- end -}}
{{- $defaults := dict
      "listen" (printf "%s:5443" $host)
      "admin" (dict "listen" (printf "%s:5444" $host))
      "tls" $tls
      "cache" (dict "directory" "/var/lib/entrepot/cache") -}}
{{- $config := mergeOverwrite $defaults (deepCopy .Values.config) -}}
{{- $names := include "entrepot.names" . | fromYamlArray -}}
{{- if and $names (not .Values.tls.secretName) -}}
{{- $_ := set $config.tls "names" $names -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "entrepot.registryPort" -}}
{{- regexFind "[0-9]+$" (include "entrepot.config" . | fromYaml).listen -}}
{{- end -}}

{{- define "entrepot.adminPort" -}}
{{- regexFind "[0-9]+$" (include "entrepot.config" . | fromYaml).admin.listen -}}
{{- end -}}

{{/* Combinations that Kubernetes would accept and that could not work. */}}
{{- define "entrepot.validate" -}}
{{- if regexMatch "(?m)^[ -]*password:" (toYaml .Values.config) -}}
{{- fail "config holds a password, and a ConfigMap is no place for one: put it into a Secret, list the Secret under credentials, and say password-file: /run/secrets/<name>/<key>" -}}
{{- end -}}
{{- if eq .Values.mode "daemonset" -}}
{{- if or (eq .Values.cache.type "pvc") (and (eq .Values.certs.type "pvc") (not .Values.tls.secretName)) -}}
{{- fail "a daemonset cannot use cache.type or certs.type pvc: its pods would share one claim; use emptyDir or hostPath" -}}
{{- end -}}
{{- else if gt (int .Values.replicas) 1 -}}
{{- if ne .Values.cache.type "emptyDir" -}}
{{- fail "several replicas cannot share a cache directory: use cache.type emptyDir, or one replica" -}}
{{- end -}}
{{- if not .Values.tls.secretName -}}
{{- fail "several replicas would each issue a CA of their own: name a certificate in tls.secretName, or use one replica" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A volume of {root, name, spec}. */}}
{{- define "entrepot.volume" -}}
- name: {{ .name }}
  {{- if eq .spec.type "pvc" }}
  persistentVolumeClaim:
    claimName: {{ .spec.existingClaim | default (printf "%s-%s" (include "entrepot.fullname" .root) .name) | quote }}
  {{- else if eq .spec.type "hostPath" }}
  hostPath:
    path: {{ .spec.hostPath | quote }}
    type: Directory
  {{- else }}
  emptyDir:
    sizeLimit: {{ .spec.size }}
  {{- end }}
{{- end -}}

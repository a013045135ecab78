{{/* The pod that Deployment and DaemonSet share. */}}
{{- define "entrepot.pod" -}}
{{- $hostNetwork := include "entrepot.hostNetwork" . -}}
{{- $config := include "entrepot.config" . | fromYaml -}}
metadata:
  labels:
    {{- include "entrepot.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Changed upstreams and access rules are taken up by the running pods; anything else replaces them.
    checksum/config: {{ omit $config "upstreams" "access" "default-upstream" "builtin-upstreams" | toYaml | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "entrepot.serviceAccountName" . | quote }}
  automountServiceAccountToken: false
  # Variables such as ENTREPOT_PORT, made for a Service, would be taken for configuration.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- if $hostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- if eq .Values.mode "daemonset" }}
  # The cluster's DNS may itself be waiting for an image.
  dnsPolicy: Default
  {{- end }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: entrepot
      image: {{ include "entrepot.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: ["serve", "--config", "/etc/entrepot/entrepot.yaml"]
      {{- with .Values.env }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: ["ALL"]
      ports:
        - name: registry
          containerPort: {{ include "entrepot.registryPort" . }}
          {{- if and (eq .Values.mode "daemonset") (not $hostNetwork) }}
          hostPort: {{ include "entrepot.registryPort" . }}
          hostIP: 127.0.0.1
          {{- end }}
        - name: admin
          containerPort: {{ include "entrepot.adminPort" . }}
      startupProbe:
        {{- include "entrepot.probe" (dict "root" . "path" "/livez") | nindent 8 }}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        {{- include "entrepot.probe" (dict "root" . "path" "/livez") | nindent 8 }}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        {{- include "entrepot.probe" (dict "root" . "path" "/readyz") | nindent 8 }}
        periodSeconds: 5
        timeoutSeconds: 3
      {{- if eq .Values.mode "deployment" }}
      lifecycle:
        preStop:
          # Until every node has heard that this pod is leaving, new pulls still arrive.
          exec:
            command: ["sleep", "5"]
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/entrepot
          readOnly: true
        - name: cache
          mountPath: {{ $config.cache.directory | quote }}
        {{- if .Values.tls.secretName }}
        - name: tls
          mountPath: /run/entrepot-tls
          readOnly: true
        {{- else }}
        - name: certs
          mountPath: {{ $config.tls.directory | quote }}
        {{- end }}
        {{- range $index, $name := .Values.credentials }}
        - name: credentials-{{ $index }}
          mountPath: /run/secrets/{{ $name }}
          readOnly: true
        {{- end }}
        - name: tmp
          mountPath: /tmp
        {{- with .Values.volumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "entrepot.fullname" . }}
    {{- include "entrepot.volume" (dict "root" . "name" "cache" "spec" .Values.cache) | nindent 4 }}
    {{- if .Values.tls.secretName }}
    - name: tls
      secret:
        secretName: {{ .Values.tls.secretName | quote }}
        defaultMode: 0440
    {{- else }}
    {{- include "entrepot.volume" (dict "root" . "name" "certs" "spec" .Values.certs) | nindent 4 }}
    {{- end }}
    {{- range $index, $name := .Values.credentials }}
    - name: credentials-{{ $index }}
      secret:
        secretName: {{ $name | quote }}
        defaultMode: 0440
    {{- end }}
    # Netty unpacks its native libraries here.
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- with .Values.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- if eq .Values.mode "deployment" }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "entrepot.selectorLabels" . | nindent 10 }}
  {{- end }}
{{- end -}}

{{/* A probe of {root, path}: on the node's network the admin listener is on loopback, where kubelet is as well. */}}
{{- define "entrepot.probe" -}}
httpGet:
  path: {{ .path }}
  port: admin
  {{- if include "entrepot.hostNetwork" .root }}
  host: 127.0.0.1
  {{- end }}
{{- end -}}

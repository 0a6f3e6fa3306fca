{{- define "olmocr.name" -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- end }}

{{- define "olmocr.labels" -}}
app.kubernetes.io/name: olmocr-flows
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "olmocr.selector" -}}
app.kubernetes.io/name: olmocr-flows
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "olmocr.image" -}}
image: "{{ .image.repository }}:{{ required "image.tag (and imageGpu.tag for GPU workers): the tag that your image was pushed with" .image.tag }}"
imagePullPolicy: {{ .image.pullPolicy }}
{{- end }}

{{/* Nobody, without rights, and without a token of the cluster. */}}
{{- define "olmocr.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- end }}

{{- define "olmocr.container" -}}
securityContext:
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "olmocr.env" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "olmocr.apiUrl" -}}
{{- if .Values.prefect.server.enabled -}}
http://{{ include "olmocr.name" . }}-prefect:4200/api
{{- else -}}
{{ required "prefect.apiUrl: where is the Prefect server? Set it, or prefect.server.enabled for one of this chart" .Values.prefect.apiUrl }}
{{- end -}}
{{- end }}

{{/* The environment of whatever talks to the Prefect server. */}}
{{- define "olmocr.client" -}}
- name: PREFECT_API_URL
  value: {{ include "olmocr.apiUrl" . | quote }}
{{- with .Values.prefect.secret }}
- name: PREFECT_API_AUTH_STRING
  valueFrom: {secretKeyRef: {name: {{ . }}, key: PREFECT_API_AUTH_STRING}}
{{- end }}
{{- include "olmocr.env" .Values.site }}
{{- end }}

{{- define "olmocr.claim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ include "olmocr.name" .root }}-{{ .component }}
  labels: {{- include "olmocr.labels" . | nindent 4 }}
  # Documents and pages outlive the release.
  annotations: {helm.sh/resource-policy: keep}
spec:
  accessModes: [{{ .storage.accessMode | default "ReadWriteOnce" }}]
  {{- with .storage.className }}
  storageClassName: {{ . }}
  {{- end }}
  resources: {requests: {storage: {{ .storage.size }}}}
{{- end }}

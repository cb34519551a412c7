"""The types of Kubernetes that a pod template is made of, as far as the operator's definitions know them."""

from __future__ import annotations

from manifests.schema.shape import Shape, ValueType
from manifests.schema.type_tables import Table

_METADATA: Table = {
    "EmbeddedMetadata": """
        {string}: annotations labels
    """,
    "ObjectMetadata": """
        string: generateName name namespace resourceVersion uid
        time: creationTimestamp deletionTimestamp
        int64: deletionGracePeriodSeconds generation
        {string}: annotations labels
        [string]: finalizers
        [OwnerReference]: ownerReferences
    """,
    "OwnerReference": """
        string: apiVersion kind name uid
        boolean: blockOwnerDeletion controller
    """,
}

_REFERENCES: Table = {
    "ByName": """
        string: name
    """,
    "OptionalByName": """
        string: name
        boolean: optional
    """,
    "KeySelector": """
        string: key* name
        boolean: optional
    """,
    "FieldSelector": """
        string: apiVersion fieldPath*
    """,
    "FileKeySelector": """
        string: key* path* volumeName*
        boolean: optional
    """,
    "ResourceFieldSelector": """
        string: containerName resource*
        quantity: divisor
    """,
    "LabelSelector": """
        [Requirement]: matchExpressions
        {string}: matchLabels
    """,
    "Requirement": """
        string: key* operator*
        [string]: values
    """,
    "KeyToPath": """
        string: key* path*
        int32: mode
    """,
}

_CONTAINERS: Table = {
    "EnvVar": """
        string: name* value
        EnvVarSource: valueFrom
    """,
    "EnvVarSource": """
        KeySelector: configMapKeyRef secretKeyRef
        FieldSelector: fieldRef
        FileKeySelector: fileKeyRef
        ResourceFieldSelector: resourceFieldRef
    """,
    "EnvFromSource": """
        string: prefix
        OptionalByName: configMapRef secretRef
    """,
    "Container": """
        string: name* image imagePullPolicy restartPolicy terminationMessagePath terminationMessagePolicy workingDir
        boolean: stdin stdinOnce tty
        [string]: args command
        [EnvVar by name]: env
        [EnvFromSource]: envFrom
        Lifecycle: lifecycle
        Probe: livenessProbe readinessProbe startupProbe
        [ContainerPort by containerPort,protocol]: ports
        [ResizePolicy]: resizePolicy
        Resources: resources
        [RestartRule]: restartPolicyRules
        SecurityContext: securityContext
        [VolumeDevice by devicePath]: volumeDevices
        [VolumeMount by mountPath]: volumeMounts
    """,
    "EphemeralContainer": """
        string: name* image imagePullPolicy restartPolicy targetContainerName
        string: terminationMessagePath terminationMessagePolicy workingDir
        boolean: stdin stdinOnce tty
        [string]: args command
        [EnvVar by name]: env
        [EnvFromSource]: envFrom
        Lifecycle: lifecycle
        Probe: livenessProbe readinessProbe startupProbe
        [ContainerPort by containerPort,protocol]: ports
        [ResizePolicy]: resizePolicy
        Resources: resources
        [RestartRule]: restartPolicyRules
        SecurityContext: securityContext
        [VolumeDevice by devicePath]: volumeDevices
        [VolumeMount by mountPath]: volumeMounts
    """,
    "Protocol": Shape(ValueType.STRING, implied="TCP"),
    "ContainerPort": """
        int32: containerPort* hostPort
        string: hostIP name
        Protocol: protocol
    """,
    "ResizePolicy": """
        string: resourceName* restartPolicy*
    """,
    "RestartRule": """
        string: action*
        ExitCodes: exitCodes
    """,
    "ExitCodes": """
        string: operator*
        <int32>: values
    """,
    "Resources": """
        [ResourceClaim by name]: claims
        {quantity}: limits requests
    """,
    "ResourceClaim": """
        string: name* request
    """,
    "VolumeDevice": """
        string: devicePath* name*
    """,
    "VolumeMount": """
        string: mountPath* mountPropagation name* recursiveReadOnly subPath subPathExpr
        boolean: readOnly
    """,
    "Lifecycle": """
        LifecycleHandler: postStart preStop
        string: stopSignal
    """,
    "LifecycleHandler": """
        ExecAction: exec
        HTTPGetAction: httpGet
        SleepAction: sleep
        TCPSocketAction: tcpSocket
    """,
    "ExecAction": """
        [string]: command
    """,
    "HTTPGetAction": """
        string: host path scheme
        [NameAndValue]: httpHeaders
        int-or-string: port*
    """,
    "NameAndValue": """
        string: name* value*
    """,
    "SleepAction": """
        int64: seconds*
    """,
    "TCPSocketAction": """
        string: host
        int-or-string: port*
    """,
    "GRPCAction": """
        int32: port*
        string: service
    """,
    "Probe": """
        ExecAction: exec
        GRPCAction: grpc
        HTTPGetAction: httpGet
        TCPSocketAction: tcpSocket
        int32: failureThreshold initialDelaySeconds periodSeconds successThreshold timeoutSeconds
        int64: terminationGracePeriodSeconds
    """,
}

_SECURITY: Table = {
    "SecurityContext": """
        boolean: allowPrivilegeEscalation privileged readOnlyRootFilesystem runAsNonRoot
        int64: runAsGroup runAsUser
        string: procMount
        Profile: appArmorProfile seccompProfile
        Capabilities: capabilities
        SELinuxOptions: seLinuxOptions
        WindowsOptions: windowsOptions
    """,
    "PodSecurityContext": """
        boolean: runAsNonRoot
        int64: fsGroup runAsGroup runAsUser
        [int64]: supplementalGroups
        string: fsGroupChangePolicy seLinuxChangePolicy supplementalGroupsPolicy
        Profile: appArmorProfile seccompProfile
        SELinuxOptions: seLinuxOptions
        [NameAndValue]: sysctls
        WindowsOptions: windowsOptions
    """,
    "Profile": """
        string: localhostProfile type*
    """,
    "Capabilities": """
        [string]: add drop
    """,
    "SELinuxOptions": """
        string: level role type user
    """,
    "WindowsOptions": """
        string: gmsaCredentialSpec gmsaCredentialSpecName runAsUserName
        boolean: hostProcess
    """,
}

_SCHEDULING: Table = {
    "Affinity": """
        NodeAffinity: nodeAffinity
        PodAffinity: podAffinity podAntiAffinity
    """,
    "NodeAffinity": """
        [PreferredNodes]: preferredDuringSchedulingIgnoredDuringExecution
        NodeSelector: requiredDuringSchedulingIgnoredDuringExecution
    """,
    "PreferredNodes": """
        NodeSelectorTerm: preference*
        int32: weight*
    """,
    "NodeSelector": """
        [NodeSelectorTerm]: nodeSelectorTerms*
    """,
    "NodeSelectorTerm": """
        [Requirement]: matchExpressions matchFields
    """,
    "PodAffinity": """
        [PreferredPods]: preferredDuringSchedulingIgnoredDuringExecution
        [PodAffinityTerm]: requiredDuringSchedulingIgnoredDuringExecution
    """,
    "PreferredPods": """
        PodAffinityTerm: podAffinityTerm*
        int32: weight*
    """,
    "PodAffinityTerm": """
        LabelSelector: labelSelector namespaceSelector
        [string]: matchLabelKeys mismatchLabelKeys namespaces
        string: topologyKey*
    """,
    "Toleration": """
        string: effect key operator value
        int64: tolerationSeconds
    """,
    "TopologySpread": """
        LabelSelector: labelSelector
        [string]: matchLabelKeys
        int32: maxSkew* minDomains
        string: nodeAffinityPolicy nodeTaintsPolicy topologyKey* whenUnsatisfiable*
    """,
}

_POD: Table = {
    "PodTemplate": """
        EmbeddedMetadata: metadata
        PodSpec: spec
    """,
    "PodSpec": """
        [Container by name]: containers* initContainers
        [EphemeralContainer by name]: ephemeralContainers
        [Volume by name]: volumes
        string: dnsPolicy hostname hostnameOverride nodeName preemptionPolicy priorityClassName restartPolicy
        string: runtimeClassName schedulerName serviceAccount serviceAccountName subdomain
        boolean: automountServiceAccountToken enableServiceLinks hostIPC hostNetwork hostPID hostUsers
        boolean: setHostnameAsFQDN shareProcessNamespace
        int32: priority
        int64: activeDeadlineSeconds terminationGracePeriodSeconds
        {string}: nodeSelector
        {quantity}: overhead
        Affinity: affinity
        DNSConfig: dnsConfig
        [HostAlias by ip]: hostAliases
        [ByName by name]: imagePullSecrets
        [RequiredName by name]: schedulingGates
        RequiredName: os
        [ReadinessGate]: readinessGates
        [PodResourceClaim by name]: resourceClaims
        Resources: resources
        PodSecurityContext: securityContext
        [Toleration]: tolerations
        [TopologySpread by topologyKey,whenUnsatisfiable]: topologySpreadConstraints
    """,
    "DNSConfig": """
        [string]: nameservers searches
        [DNSOption]: options
    """,
    "DNSOption": """
        string: name value
    """,
    "HostAlias": """
        string: ip*
        [string]: hostnames
    """,
    "RequiredName": """
        string: name*
    """,
    "ReadinessGate": """
        string: conditionType*
    """,
    "PodResourceClaim": """
        string: name* resourceClaimName resourceClaimTemplateName
    """,
}

POD_TYPES: Table = {**_METADATA, **_REFERENCES, **_CONTAINERS, **_SECURITY, **_SCHEDULING, **_POD}

"""The types of the Pulumi operator's own kinds: Stack, with the templates inside it, and Program.

What came or went with a version is marked; what isn't marked is taken for known to every version.
"""

from __future__ import annotations

from manifests.schema.pod_types import POD_TYPES
from manifests.schema.shape import Shape, ValueType
from manifests.schema.type_tables import Table
from manifests.schema.volume_types import VOLUME_TYPES

_STACK: Table = {
    "Stack": """
        string: apiVersion kind
        Metadata: metadata
        StackSpec: spec
        StackStatus: status
    """,
    "StackSpec": """
        string: stack* backend secretsProvider
        string: projectRepo repoDir branch commit gitAuthSecret
        string: accessTokenSecret serviceAccountName@2.0
        boolean: shallow@2.0 refresh expectNoRefreshChanges continueResyncOnCommitMatch destroyOnFinalize
        boolean: retryOnUpdateConflict useLocalStackOnly targetDependents@2.0 preview@2.3 runProgram@2.7
        int64: resyncFrequencySeconds retryMaxBackoffDurationSeconds@2.2
        ReclaimPolicy: workspaceReclaimPolicy@2.0
        [string]: envs envSecrets targets environment@2.1
        {string}: secrets config@<2.3
        any: config@2.3
        {ConfigMapRef}: configRef@2.3
        {ResourceRef}: envRefs secretsRef
        GitAuth: gitAuth
        StackFluxSource: fluxSource
        ProgramRef: programRef
        [Prerequisite]: prerequisites
        WorkspaceTemplate: workspaceTemplate@2.0
        UpdateTemplate: updateTemplate@2.1
    """,
    "ReclaimPolicy": Shape(ValueType.STRING, words=("Retain", "Delete")),
    "ConfigMapRef": """
        string: name* key*
        boolean: json
    """,
    "ReferenceType": Shape(ValueType.STRING, "ReferenceType", all_of=str),
    "ResourceRef": """
        ReferenceType: type*
        SecretSelector: secret
        LiteralValue: literal
        RequiredName: env
        RequiredPath: filesystem
    """,
    "SecretSelector": """
        string: name* key* namespace
    """,
    "LiteralValue": """
        string: value*
    """,
    "RequiredPath": """
        string: path*
    """,
    "GitAuth": """
        ResourceRef: accessToken
        SSHAuth: sshAuth
        BasicAuth: basicAuth
        GitHubApp: githubApp@2.7
    """,
    "SSHAuth": """
        ResourceRef: sshPrivateKey* password
    """,
    "BasicAuth": """
        ResourceRef: userName* password*
    """,
    "GitHubApp": """
        ResourceRef: appID* installationID* privateKey*
    """,
    "StackFluxSource": """
        FluxSourceRef: sourceRef*
        string: dir
    """,
    "FluxSourceRef": """
        string: apiVersion* kind* name*
    """,
    "ProgramRef": """
        string: name*
    """,
    "Prerequisite": """
        string: name*
        PrerequisiteRequirement: requirement
    """,
    "PrerequisiteRequirement": """
        duration: succeededWithinDuration
    """,
}

_STATUS: Table = {
    "StackStatus": """
        [Condition by type]: conditions
        StackCurrentUpdate: currentUpdate
        StackLastUpdate: lastUpdate
        int64: observedGeneration
        string: observedReconcileRequest
        {any}: outputs
        RequiredProjectInfo: projectInfo
    """,
    "AlphaStack": """
        string: apiVersion kind
        Metadata: metadata
        StackSpec: spec
        AlphaStackStatus: status
    """,
    "AlphaStackStatus": """
        StackLastUpdate: lastUpdate
        {any}: outputs
    """,
    "StackCurrentUpdate": """
        string: commit name reconcileRequest
        int64: generation
    """,
    "StackLastUpdate": """
        int64: failures generation
        string: lastAttemptedCommit lastSuccessfulCommit message name permalink reconcileRequest state type
        time: lastResyncTime
    """,
    "Condition": """
        time: lastTransitionTime*
        string: message* reason* status* type*
        int64: observedGeneration
    """,
    "RequiredProjectInfo": """
        string: name* runtime*
    """,
}

_TEMPLATES: Table = {
    "WorkspaceTemplate": """
        string: apiVersion kind
        ObjectMetadata: metadata
        WorkspaceSpec: spec
        WorkspaceStatus: status
    """,
    "WorkspaceSpec": """
        string: image imagePullPolicy securityProfile serviceAccountName
        int32: pulumiLogLevel
        [EnvVar]: env
        [EnvFromSource]: envFrom
        WorkspaceFlux: flux
        WorkspaceGit: git
        WorkspaceLocal: local
        ProjectInfo: projectInfo@2.8
        PodTemplate: podTemplate
        Resources: resources
        ServiceTemplate: serviceTemplate@2.9
        [WorkspaceStack]: stacks
    """,
    "WorkspaceFlux": """
        string: digest dir url
    """,
    "WorkspaceGit": """
        WorkspaceGitAuth: auth
        string: dir ref url
        boolean: shallow
    """,
    "WorkspaceGitAuth": """
        WorkspaceGitHubApp: githubApp@2.7
        KeySelector: password sshPrivateKey token username
    """,
    "WorkspaceGitHubApp": """
        KeySelector: appID installationID privateKey
    """,
    "WorkspaceLocal": """
        string: dir
    """,
    "ProjectInfo": """
        string: name runtime
    """,
    "ServiceTemplate": """
        EmbeddedMetadata: metadata
    """,
    "WorkspaceStack": """
        [WorkspaceConfig]: config
        boolean: create
        [string]: environment
        string: name secretsProvider
    """,
    "WorkspaceConfig": """
        string: key value@<2.3
        any: value@2.3
        boolean: path secret
        WorkspaceConfigSource: valueFrom
    """,
    "WorkspaceConfigSource": """
        string: env path
        boolean: json@2.3
    """,
    "WorkspaceStatus": """
        string: address pulumiVersion
        [TemplateCondition]: conditions
        int64: observedGeneration
    """,
    "TemplateCondition": """
        time: lastTransitionTime
        string: message reason status type
        int64: observedGeneration
    """,
    "UpdateTemplate": """
        string: apiVersion kind
        ObjectMetadata: metadata
        UpdateSpec: spec
        UpdateStatus: status
    """,
    "UpdateSpec": """
        boolean: continueOnError expectNoChanges refresh remove runProgram@2.7 targetDependents
        string: message stackName type workspaceName
        duration: ttlAfterCompleted
        int32: parallel
        [string]: replace target
    """,
    "UpdateStatus": """
        [TemplateCondition]: conditions
        time: endTime startTime
        string: message outputs permalink
        int64: observedGeneration
        ProjectInfo: projectInfo
    """,
}

_PROGRAM: Table = {
    "Program": """
        string: apiVersion kind
        Metadata: metadata
        ProgramText: program
        ProgramStatus: status
    """,
    "ProgramText": """
        {ProgramConfiguration}: configuration
        {any}: outputs variables
        {string}: packages
        {ProgramResource}: resources
    """,
    "ConfigurationType": Shape(ValueType.STRING, words=("String", "Number", "List<Number>", "List<String>")),
    "ProgramConfiguration": """
        any: default
        ConfigurationType: type
    """,
    "ProgramResource": """
        ResourceGet: get
        ResourceOptions: options
        {any}: properties
        word: type*
    """,
    "ResourceGet": """
        word: id*
        {any}: state
    """,
    "ResourceOptions": """
        [string]: additionalSecretOutputs aliases ignoreChanges
        CustomTimeouts: customTimeouts
        boolean: deleteBeforeReplace protect
        [any]: dependsOn
        string: import version
        any: parent provider
        {any}: providers
    """,
    "CustomTimeouts": """
        string: create delete update
    """,
    "ProgramStatus": """
        ProgramArtifact: artifact
        int64: observedGeneration
    """,
    "ProgramArtifact": """
        string: digest path* revision* url*
        time: lastUpdateTime*
        {string}: metadata
        int64: size
    """,
}

_METADATA: Table = {
    "Metadata": """
        string: generateName name namespace resourceVersion selfLink uid
        time: creationTimestamp deletionTimestamp
        int64: deletionGracePeriodSeconds generation
        {string}: annotations labels
        [string]: finalizers
        [MetadataOwner]: ownerReferences
        [object]: managedFields
    """,
    "MetadataOwner": """
        string: apiVersion kind name uid
        boolean: blockOwnerDeletion controller
    """,
}

OPERATOR_TYPES: Table = {**POD_TYPES, **VOLUME_TYPES, **_STACK, **_STATUS, **_TEMPLATES, **_PROGRAM, **_METADATA}

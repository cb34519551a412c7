"""The types of Kubernetes that a pod's volumes are made of, as far as the operator's definitions know them."""

from __future__ import annotations

from manifests.schema.type_tables import Table

VOLUME_TYPES: Table = {
    "Volume": """
        string: name*
        AWSElasticBlockStore: awsElasticBlockStore
        AzureDisk: azureDisk
        AzureFile: azureFile
        CephFS: cephfs
        Cinder: cinder
        ConfigMapVolume: configMap
        CSIVolume: csi
        DownwardAPIVolume: downwardAPI
        EmptyDir: emptyDir
        EphemeralVolume: ephemeral
        FibreChannel: fc
        FlexVolume: flexVolume
        Flocker: flocker
        GCEPersistentDisk: gcePersistentDisk
        GitRepoVolume: gitRepo
        Glusterfs: glusterfs
        HostPath: hostPath
        ImageVolume: image
        ISCSI: iscsi
        NFS: nfs
        PersistentVolumeClaim: persistentVolumeClaim
        PhotonPersistentDisk: photonPersistentDisk
        PortworxVolume: portworxVolume
        Projected: projected
        Quobyte: quobyte
        RBD: rbd
        ScaleIO: scaleIO
        SecretVolume: secret
        StorageOS: storageos
        VsphereVolume: vsphereVolume
    """,
    "ConfigMapVolume": """
        int32: defaultMode
        [KeyToPath]: items
        string: name
        boolean: optional
    """,
    "SecretVolume": """
        int32: defaultMode
        [KeyToPath]: items
        string: secretName
        boolean: optional
    """,
    "DownwardAPIVolume": """
        int32: defaultMode
        [DownwardAPIFile]: items
    """,
    "DownwardAPIFile": """
        FieldSelector: fieldRef
        int32: mode
        string: path*
        ResourceFieldSelector: resourceFieldRef
    """,
    "EmptyDir": """
        string: medium
        quantity: sizeLimit
    """,
    "EphemeralVolume": """
        ClaimTemplate: volumeClaimTemplate
    """,
    "ClaimTemplate": """
        ClaimMetadata: metadata
        ClaimSpec: spec*
    """,
    "ClaimMetadata": """
        {string}: annotations labels
        [string]: finalizers
        string: name namespace
    """,
    "ClaimSpec": """
        [string]: accessModes
        DataSource: dataSource
        DataSourceRef: dataSourceRef
        ClaimResources: resources
        LabelSelector: selector
        string: storageClassName volumeAttributesClassName volumeMode volumeName
    """,
    "DataSource": """
        string: apiGroup kind* name*
    """,
    "DataSourceRef": """
        string: apiGroup kind* name* namespace
    """,
    "ClaimResources": """
        {quantity}: limits requests
    """,
    "HostPath": """
        string: path* type
    """,
    "ImageVolume": """
        string: pullPolicy reference
    """,
    "NFS": """
        string: path* server*
        boolean: readOnly
    """,
    "PersistentVolumeClaim": """
        string: claimName*
        boolean: readOnly
    """,
    "Projected": """
        int32: defaultMode
        [ProjectedSource]: sources
    """,
    "ProjectedSource": """
        ClusterTrustBundle: clusterTrustBundle
        ProjectedItems: configMap secret
        ProjectedDownwardAPI: downwardAPI
        PodCertificate: podCertificate
        ServiceAccountToken: serviceAccountToken
    """,
    "ProjectedItems": """
        [KeyToPath]: items
        string: name
        boolean: optional
    """,
    "ProjectedDownwardAPI": """
        [DownwardAPIFile]: items
    """,
    "ClusterTrustBundle": """
        LabelSelector: labelSelector
        string: name path* signerName
        boolean: optional
    """,
    "PodCertificate": """
        string: certificateChainPath credentialBundlePath keyPath keyType* signerName*
        int32: maxExpirationSeconds
    """,
    "ServiceAccountToken": """
        string: audience path*
        int64: expirationSeconds
    """,
    "CSIVolume": """
        string: driver* fsType
        ByName: nodePublishSecretRef
        boolean: readOnly
        {string}: volumeAttributes
    """,
    "AWSElasticBlockStore": """
        string: fsType volumeID*
        int32: partition
        boolean: readOnly
    """,
    "AzureDisk": """
        string: cachingMode diskName* diskURI* fsType kind
        boolean: readOnly
    """,
    "AzureFile": """
        string: secretName* shareName*
        boolean: readOnly
    """,
    "CephFS": """
        [string]: monitors*
        string: path secretFile user
        boolean: readOnly
        ByName: secretRef
    """,
    "Cinder": """
        string: fsType volumeID*
        boolean: readOnly
        ByName: secretRef
    """,
    "FibreChannel": """
        string: fsType
        int32: lun
        boolean: readOnly
        [string]: targetWWNs wwids
    """,
    "FlexVolume": """
        string: driver* fsType
        {string}: options
        boolean: readOnly
        ByName: secretRef
    """,
    "Flocker": """
        string: datasetName datasetUUID
    """,
    "GCEPersistentDisk": """
        string: fsType pdName*
        int32: partition
        boolean: readOnly
    """,
    "GitRepoVolume": """
        string: directory repository* revision
    """,
    "Glusterfs": """
        string: endpoints* path*
        boolean: readOnly
    """,
    "ISCSI": """
        boolean: chapAuthDiscovery chapAuthSession readOnly
        string: fsType initiatorName iqn* iscsiInterface targetPortal*
        int32: lun*
        [string]: portals
        ByName: secretRef
    """,
    "PhotonPersistentDisk": """
        string: fsType pdID*
    """,
    "PortworxVolume": """
        string: fsType volumeID*
        boolean: readOnly
    """,
    "Quobyte": """
        string: group registry* tenant user volume*
        boolean: readOnly
    """,
    "RBD": """
        string: fsType image* keyring pool user
        [string]: monitors*
        boolean: readOnly
        ByName: secretRef
    """,
    "ScaleIO": """
        string: fsType gateway* protectionDomain storageMode storagePool system* volumeName
        boolean: readOnly sslEnabled
        ByName: secretRef*
    """,
    "StorageOS": """
        string: fsType volumeName volumeNamespace
        boolean: readOnly
        ByName: secretRef
    """,
    "VsphereVolume": """
        string: fsType storagePolicyID storagePolicyName volumePath*
    """,
}

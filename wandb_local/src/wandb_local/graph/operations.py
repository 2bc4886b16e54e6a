"""The GraphQL operations that wandb 0.31.0 sends in the flows this server is checked with.

The only list of them: the server warns of any other operation, and a test holds the SDK against it, so that a
new version of the SDK tells what it changed.
"""

KNOWN_OPERATIONS = frozenset(
    {
        "AddAliases",
        "ArtifactByID",
        "ArtifactCollectionAliases",
        "ArtifactCreatedBy",
        "ArtifactManifest",
        "ArtifactMembershipByName",
        "ArtifactMembershipFiles",
        "ArtifactType",
        "ArtifactUsedBy",
        "CommitArtifact",
        "CreateArtifact",
        "CreateArtifactFiles",
        "CreateArtifactManifest",
        "CreateRunFiles",
        "DeleteAliases",
        "DeleteArtifact",
        "FetchArtifactManifest",
        "FetchOrgInfoFromEntity",
        "GetArtifactMembershipFileUrls",
        "GetDefaultEntity",
        "HistoryPage",
        "IsProjectReadOnly",
        "LinkArtifact",
        "OrganizationCoreWeaveOrganizationID",
        "ProjectArtifactCollection",
        "ProjectArtifacts",
        "Run",
        "RunFiles",
        "RunFullHistory",
        "RunHistoryKeys",
        "RunOutputArtifacts",
        "RunParquetHistory",
        "RunResumeStatus",
        "Runs",
        "ServerFeaturesQuery",
        "UpdateArtifact",
        "UpsertBucket",
        "UseArtifact",
        "Viewer",
    }
)

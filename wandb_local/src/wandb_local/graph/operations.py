"""The GraphQL operations that wandb 0.31.0 sends in the flows this server is checked with.

The only list of them: the server logs any other operation, and a test holds the SDK against it, so that a
new version of the SDK tells what it changed.
"""

KNOWN_OPERATIONS = frozenset(
    {
        "AddAliases",
        "ArtifactByID",
        "ArtifactCollectionAliases",
        "ArtifactCreatedBy",
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
        "ProjectArtifactTypes",
        "ProjectArtifacts",
        "Run",
        "RunFiles",
        "RunFullHistory",
        "RunHistoryKeys",
        "RunInputArtifacts",
        "RunOutputArtifacts",
        "RunParquetHistory",
        "RunResumeStatus",
        "RunSampledHistory",
        "Runs",
        "SampledHistoryPage",
        "ServerFeaturesQuery",
        "UpdateArtifact",
        "UpdateArtifactSequence",
        "UpsertBucket",
        "UseArtifact",
        "Viewer",
    }
)

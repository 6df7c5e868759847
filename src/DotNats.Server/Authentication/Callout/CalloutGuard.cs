using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>Nobody in a service's account may put questions to the service but the server.</summary>
internal static class CalloutGuard
{
    /// <summary>The same permissions without leave to publish to <paramref name="subject"/>.</summary>
    public static CompiledPermissions Deny(CompiledPermissions? permissions, string subject)
    {
        PermissionSet source = permissions?.Source ?? new PermissionSet();
        SubjectPermission publish = source.Publish ?? new SubjectPermission();
        IReadOnlyList<string> denied = publish.Deny ?? [];
        if (permissions is not null && denied.Contains(subject)) return permissions;
        return CompiledPermissions.Compile(source with { Publish = publish with { Deny = [.. denied, subject] } })!;
    }
}

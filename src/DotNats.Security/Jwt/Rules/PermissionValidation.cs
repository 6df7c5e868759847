namespace DotNats.Security;

/// <summary>Permission lists of claims. What <see cref="CompiledPermissions"/> refuses is a stricter matter of its own.</summary>
internal static class PermissionValidation
{
    public static void Check(PermissionSet permissions, ClaimIssues issues)
    {
        Check(permissions.Subscribe, allowQueue: true, issues);
        Check(permissions.Publish, allowQueue: false, issues);
    }

    private static void Check(SubjectPermission? subjects, bool allowQueue, ClaimIssues issues)
    {
        foreach (string entry in (subjects?.Allow ?? []).Concat(subjects?.Deny ?? []))
            Check(entry, allowQueue, issues);
    }

    private static void Check(string entry, bool allowQueue, ClaimIssues issues)
    {
        string[] words = entry.Split(' ');
        if (words.Length > 2)
        {
            issues.Error($"Permission Subject \"{entry}\" contains too many spaces");
            return;
        }
        foreach (string word in words)
            ClaimSubject.Check(word, issues);
        if (words.Length == 2 && !allowQueue)
            issues.Error($"Permission Subject \"{entry}\" is not allowed to contain queue");
    }
}

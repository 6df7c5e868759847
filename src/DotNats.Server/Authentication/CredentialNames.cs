namespace DotNats.Server.Authentication;

/// <summary>How credentials are named to people: nkey before user before token, and a token never in clear.</summary>
internal static class CredentialNames
{
    private const string Redacted = "[REDACTED]";

    public static string? Raw(string? nkey, string? user, string? token)
    {
        if (!string.IsNullOrEmpty(nkey))
            return nkey;
        if (!string.IsNullOrEmpty(user))
            return user;
        return string.IsNullOrEmpty(token) ? null : Redacted;
    }

    public static string Describe(string? nkey, string? user, string? token)
    {
        if (!string.IsNullOrEmpty(nkey))
            return $"Nkey \"{nkey}\"";
        if (!string.IsNullOrEmpty(user))
            return $"User \"{user}\"";
        return string.IsNullOrEmpty(token) ? "User \"N/A\"" : $"Token \"{Redacted}\"";
    }
}

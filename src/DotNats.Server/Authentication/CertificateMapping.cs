using DotNats.Primitives;

namespace DotNats.Server.Authentication;

/// <summary>From a client certificate to a configured user (<c>verify_and_map</c>).</summary>
/// <remarks>
/// The first hit wins: e-mail, DNS and URI alternative names; the subject as a distinguished name, same order first, then any order; the
/// subject's text with its domain components behind; the text alone. Users that the connection type may not use are passed over.
/// </remarks>
internal static class CertificateMapping
{
    public static ConfiguredUser? Find(UserDirectory directory, ConnectCredentials credentials, out string? flaw)
    {
        flaw = null;
        if (credentials.ClientCertificate is null)
        {
            flaw = "User required in cert, no peer certificates found";
            return null;
        }

        if (CertificateNames.Read(credentials.ClientCertificate) is not { IsEmpty: false } names)
        {
            flaw = "User required in cert, none found";
            return null;
        }

        string subject = names.Subject.ToText();
        string domain = names.Subject.DomainComponents();
        ConfiguredUser? user = names.Alternatives.Select(ByName).FirstOrDefault(found => found is not null)
            ?? FindByDistinguishedName(directory, names.Subject, credentials.ConnectionType)
            ?? (domain.Length > 0 ? ByName(subject + "," + domain) : null)
            ?? ByName(subject);
        if (user is null)
            flaw = $"User in cert [{GoQuote.Quote(subject)}], not found";
        return user;

        ConfiguredUser? ByName(string name) => directory.FindUser(name) is { } found && found.Allows(credentials.ConnectionType) ? found : null;
    }

    private static ConfiguredUser? FindByDistinguishedName(UserDirectory directory, CertificateSubject subject, string connectionType)
    {
        if (subject.ToDistinguishedName() is not { } wanted)
            return null;
        ConfiguredUser[] candidates = [.. directory.Users.Where(user => user.Name is not null && user.Allows(connectionType))];
        return candidates.FirstOrDefault(user => user.Name!.Matches(wanted))
            ?? candidates.FirstOrDefault(user => user.Name!.MatchesInAnyOrder(wanted));
    }
}

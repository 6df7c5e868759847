using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DotNats.Server.Authentication;

namespace DotNats.Server.Transport.Tls;

/// <summary>Judges the certificate of one client, and keeps what it found for the log and the session.</summary>
internal sealed class ClientCertificateCheck(TlsContext context, TimeProvider time)
{
    private const string Unverified = "tls: failed to verify certificate: x509: ";

    /// <summary>Why the client is refused, in Go's words; null while nothing is wrong.</summary>
    public string? Failure { get; private set; }

    /// <summary>What the client presented, its own certificate first. Copies: the originals end with the stream.</summary>
    public IReadOnlyList<X509Certificate2> Presented { get; private set; } = [];

    /// <summary>From the client's certificate to the authority it comes from; empty until it is found good. Copies, too.</summary>
    public IReadOnlyList<X509Certificate2> Verified { get; private set; } = [];

    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || chain is null)
        {
            Failure = "tls: client didn't provide a certificate";
            return false;
        }

        Presented = Copy(certificate, chain);
        if ((errors & SslPolicyErrors.RemoteCertificateChainErrors) == 0 || FindFlaw(chain) is not { } flaw)
        {
            Verified = [.. chain.ChainElements.Select(static element => X509CertificateLoader.LoadCertificate(element.Certificate.RawDataMemory.Span))];
            return true;
        }

        Failure = Unverified + flaw + Describe();
        return false;
    }

    private static List<X509Certificate2> Copy(X509Certificate leaf, X509Chain chain)
    {
        var presented = new List<X509Certificate2> { X509CertificateLoader.LoadCertificate(leaf.GetRawCertData()) };
        foreach (X509Certificate2 sent in chain.ChainPolicy.ExtraStore)
        {
            if (!sent.RawDataMemory.Span.SequenceEqual(presented[0].RawDataMemory.Span)) presented.Add(X509CertificateLoader.LoadCertificate(sent.RawDataMemory.Span));
        }

        return presented;
    }

    // In Go's order: dates of the leaf, then whether a chain can be built, then what the certificate is for.
    private string? FindFlaw(X509Chain chain)
    {
        X509Certificate2 leaf = Presented[0];
        DateTime now = time.GetUtcNow().UtcDateTime;
        if (now > leaf.NotAfter.ToUniversalTime())
            return $"certificate has expired or is not yet valid: current time {Moment(now)} is after {Moment(leaf.NotAfter.ToUniversalTime())}";
        if (now < leaf.NotBefore.ToUniversalTime())
            return $"certificate has expired or is not yet valid: current time {Moment(now)} is before {Moment(leaf.NotBefore.ToUniversalTime())}";
        X509ChainStatusFlags all = X509ChainStatusFlags.NoError;
        foreach (X509ChainStatus status in chain.ChainStatus) all |= status.Status;
        // An authority in the file is trusted whoever signed it: a chain that ends there is whole.
        if (EndsInAuthority(chain)) all &= ~(X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot);
        if (all == X509ChainStatusFlags.NoError) return null;
        return all == X509ChainStatusFlags.NotValidForUsage ? "certificate specifies an incompatible key usage" : "certificate signed by unknown authority";
    }

    private bool EndsInAuthority(X509Chain chain)
    {
        if (context.Authorities is not { } authorities) return false;
        foreach (X509ChainElement element in chain.ChainElements)
        {
            foreach (X509Certificate2 authority in authorities)
            {
                if (element.Certificate.RawDataMemory.Span.SequenceEqual(authority.RawDataMemory.Span)) return true;
            }
        }

        return false;
    }

    // Whoever reads the log wants to know which certificates those were.
    private string Describe() => $" ({string.Join("; ", Presented.Select(static one =>
        $"{new CertificateSubject(one.SubjectName.RawData).ToText()} SHA-256: {Convert.ToHexStringLower(SHA256.HashData(one.RawDataMemory.Span))}"))})";

    private static string Moment(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

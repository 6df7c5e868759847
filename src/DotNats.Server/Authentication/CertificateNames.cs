using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace DotNats.Server.Authentication;

/// <summary>The names a client certificate offers, for <c>verify_and_map</c>.</summary>
internal sealed class CertificateNames
{
    private const string SubjectAlternativeNames = "2.5.29.17";

    // GeneralName choices, RFC 5280 §4.2.1.6.
    private static readonly Asn1Tag EmailTag = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag DnsTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    private readonly List<string> _emails = [];
    private readonly List<string> _dnsNames = [];
    private readonly List<string> _uris = [];

    private CertificateNames(CertificateSubject subject) => Subject = subject;

    public CertificateSubject Subject { get; }

    /// <summary>Alternative names in the order they are tried: e-mail addresses, DNS names, URIs.</summary>
    public IEnumerable<string> Alternatives => _emails.Concat(_dnsNames).Concat(_uris);

    public bool IsEmpty => Subject.IsEmpty && !Alternatives.Any();

    /// <summary>Reads a certificate; null when its names are not readable DER.</summary>
    public static CertificateNames? Read(X509Certificate2 certificate)
    {
        try
        {
            CertificateNames names = new(new CertificateSubject(certificate.SubjectName.RawData));
            foreach (X509Extension extension in certificate.Extensions)
            {
                if (extension.Oid?.Value == SubjectAlternativeNames)
                    names.ReadAlternatives(extension.RawData);
            }

            return names;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private void ReadAlternatives(byte[] encoded)
    {
        AsnReader names = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            Asn1Tag tag = names.PeekTag();
            List<string>? list = tag == EmailTag ? _emails : tag == DnsTag ? _dnsNames : tag == UriTag ? _uris : null;
            if (list is null)
                names.ReadEncodedValue();
            else
                list.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
        }
    }
}

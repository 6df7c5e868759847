using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Server.Tests.Authentication;

/// <summary>Client certificates with any subject, in the order given: <c>"DC=com", "O=Kit", "OU=x&amp;CN=y"</c>.</summary>
internal static class TestCertificate
{
    private static readonly Dictionary<string, string> Types = new()
    {
        ["CN"] = "2.5.4.3",
        ["SERIALNUMBER"] = "2.5.4.5",
        ["C"] = "2.5.4.6",
        ["L"] = "2.5.4.7",
        ["ST"] = "2.5.4.8",
        ["STREET"] = "2.5.4.9",
        ["O"] = "2.5.4.10",
        ["OU"] = "2.5.4.11",
        ["POSTALCODE"] = "2.5.4.17",
        ["DC"] = "0.9.2342.19200300.100.1.25",
        ["UID"] = "0.9.2342.19200300.100.1.1",
        ["EMAIL"] = "1.2.840.113549.1.9.1",
    };

    public static X509Certificate2 Create(string[] subject, Action<SubjectAlternativeNameBuilder>? alternatives = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(new X500DistinguishedName(Encode(subject)), key, HashAlgorithmName.SHA256);
        if (alternatives is not null)
        {
            SubjectAlternativeNameBuilder names = new();
            alternatives(names);
            request.CertificateExtensions.Add(names.Build());
        }

        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }

    private static byte[] Encode(string[] subject)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (string part in subject)
            {
                using (writer.PushSetOf())
                {
                    // '&' separates the values of one part, so that '+' can be a value's own.
                    foreach (string attribute in part.Split('&'))
                    {
                        int equals = attribute.IndexOf('=', StringComparison.Ordinal);
                        using (writer.PushSequence())
                        {
                            writer.WriteObjectIdentifier(Types[attribute[..equals]]);
                            writer.WriteCharacterString(UniversalTagNumber.UTF8String, attribute[(equals + 1)..]);
                        }
                    }
                }
            }
        }

        return writer.Encode();
    }
}

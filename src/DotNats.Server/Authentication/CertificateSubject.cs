using System.Formats.Asn1;
using System.Text;

namespace DotNats.Server.Authentication;

/// <summary>The subject of a certificate, in the forms users are configured with.</summary>
internal sealed class CertificateSubject
{
    private const string DomainComponent = "0.9.2342.19200300.100.1.25";

    // Attribute types that have a name; a subject with any other cannot be compared as a distinguished name.
    private static readonly Dictionary<string, string> TypeNames = new()
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.5"] = "SERIALNUMBER",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "STREET",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["2.5.4.17"] = "POSTALCODE",
        [DomainComponent] = "DC",
    };

    // The order in which nats-server 2.15.1 writes a subject in its log, whatever order the certificate has.
    private static readonly string[] WrittenOrder = ["SERIALNUMBER", "CN", "OU", "O", "POSTALCODE", "STREET", "L", "ST", "C"];

    private readonly List<List<(string Oid, string? Value)>> _parts = [];

    /// <param name="encoded">DER of the subject (a sequence of sets of type and value).</param>
    /// <exception cref="AsnContentException">Not DER.</exception>
    public CertificateSubject(ReadOnlyMemory<byte> encoded)
    {
        AsnReader sequence = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            AsnReader set = sequence.ReadSetOf(skipSortOrderValidation: true);
            List<(string, string?)> part = [];
            while (set.HasData)
            {
                AsnReader attribute = set.ReadSequence();
                part.Add((attribute.ReadObjectIdentifier(), ReadText(attribute)));
            }

            _parts.Add(part);
        }
    }

    public bool IsEmpty => _parts.Count == 0;

    /// <summary>The subject for comparison part by part; null when a type has no name or a value is no text.</summary>
    public DistinguishedName? ToDistinguishedName()
    {
        List<IReadOnlyList<NameAttribute>> parts = [];
        foreach (List<(string Oid, string? Value)> part in Enumerable.Reverse(_parts))
        {
            List<NameAttribute> attributes = [];
            foreach ((string oid, string? value) in Enumerable.Reverse(part))
            {
                if (value is null || !TypeNames.TryGetValue(oid, out string? type))
                    return null;
                attributes.Add(new NameAttribute(type, value));
            }

            if (attributes.Count > 0)
                parts.Add(attributes);
        }

        return new DistinguishedName(parts);
    }

    /// <summary>
    /// The subject as nats-server writes it: known types in a fixed order, several values of one type joined by <c>+</c>, domain
    /// components and unknown types left out.
    /// </summary>
    public string ToText()
    {
        List<string> written = [];
        foreach (string type in WrittenOrder)
        {
            List<string> values = [.. Values(type)];
            if (values.Count == 0)
                continue;
            // These two have one value there: the last.
            if (type is "CN" or "SERIALNUMBER")
                values = [values[^1]];
            written.Add(string.Join('+', values.Select(value => type + "=" + Escape(value))));
        }

        return string.Join(',', written);
    }

    /// <summary><c>DC=…,DC=…</c> in the certificate's order, empty for none.</summary>
    public string DomainComponents() => string.Join(',', Values("DC").Select(value => "DC=" + value));

    private IEnumerable<string> Values(string type) =>
        from part in _parts
        from attribute in part
        where attribute.Value is { Length: > 0 } && TypeNames.GetValueOrDefault(attribute.Oid) == type
        select attribute.Value;

    private static string? ReadText(AsnReader attribute)
    {
        Asn1Tag tag = attribute.PeekTag();
        if (tag.TagClass == TagClass.Universal)
        {
            switch ((UniversalTagNumber)tag.TagValue)
            {
                case UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String
                    or UniversalTagNumber.NumericString or UniversalTagNumber.BMPString or UniversalTagNumber.T61String:
                    return attribute.ReadCharacterString((UniversalTagNumber)tag.TagValue);
            }
        }

        attribute.ReadEncodedValue();
        return null;
    }

    // RFC 2253 §2.4.
    private static string Escape(string value)
    {
        StringBuilder text = new();
        for (int i = 0; i < value.Length; i++)
        {
            bool escape = value[i] switch
            {
                ',' or '+' or '"' or '\\' or '<' or '>' or ';' => true,
                ' ' => i == 0 || i == value.Length - 1,
                '#' => i == 0,
                _ => false,
            };
            if (escape)
                text.Append('\\');
            text.Append(value[i]);
        }

        return text.ToString();
    }
}

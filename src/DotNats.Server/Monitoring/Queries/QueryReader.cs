using System.Globalization;
using DotNats.Primitives;

namespace DotNats.Server.Monitoring;

/// <summary>Reads typed options one after the other and keeps the first error, in nats-server's words.</summary>
public sealed class QueryReader(QueryParameters parameters)
{
    /// <summary>What is wrong with the first bad option; null while all were good.</summary>
    public string? Error { get; private set; }

    public string ReadText(string name) => parameters.Get(name);

    /// <summary>Absent is false. Forms: 1, t, T, TRUE, true, True and their opposites.</summary>
    public bool ReadFlag(string name)
    {
        string text = ReadText(name);
        switch (text)
        {
            case "1" or "t" or "T" or "TRUE" or "true" or "True":
                return true;
            case "" or "0" or "f" or "F" or "FALSE" or "false" or "False":
                return false;
            default:
                Fail($"Error decoding boolean for '{name}': strconv.ParseBool: parsing {GoQuote.Quote(text)}: invalid syntax");
                return false;
        }
    }

    /// <summary>Absent is 0. Decimal digits with an optional sign.</summary>
    public long ReadNumber(string name)
    {
        string text = ReadText(name);
        if (text.Length == 0) return 0;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)) return value;
        string digits = text[0] is '+' or '-' ? text[1..] : text;
        Fail($"Error decoding int for '{name}': strconv.Atoi: parsing {GoQuote.Quote(text)}: {Problem(digits)}");
        return 0;
    }

    /// <summary>Absent is 0. Decimal digits only.</summary>
    public ulong ReadId(string name)
    {
        string text = ReadText(name);
        if (text.Length == 0) return 0;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)) return value;
        Fail($"Error decoding uint64 for '{name}': strconv.ParseUint: parsing {GoQuote.Quote(text)}: {Problem(text)}");
        return 0;
    }

    /// <summary>The option <c>subs</c>: <c>detail</c> in any case, or a boolean.</summary>
    public SubscriptionListing ReadListing(string name)
    {
        if (string.Equals(ReadText(name), "detail", StringComparison.OrdinalIgnoreCase)) return SubscriptionListing.Detail;
        return ReadFlag(name) ? SubscriptionListing.Subjects : SubscriptionListing.None;
    }

    /// <summary>The option <c>state</c>; absent is open.</summary>
    public ConnectionState ReadState(string name)
    {
        string text = ReadText(name);
        switch (text.ToLowerInvariant())
        {
            case "" or "open":
                return ConnectionState.Open;
            case "closed":
                return ConnectionState.Closed;
            case "any" or "all":
                return ConnectionState.Any;
            default:
                Fail($"Error decoding state for {text}");
                return ConnectionState.Open;
        }
    }

    private static string Problem(string digits) =>
        digits.Length > 0 && !digits.AsSpan().ContainsAnyExceptInRange('0', '9') ? "value out of range" : "invalid syntax";

    private void Fail(string error) => Error ??= error;
}

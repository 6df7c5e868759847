using System.Globalization;
using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>The value of a <c>listen</c> key.</summary>
/// <param name="Host">Empty when only a port is given.</param>
internal readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Host, or the one taken when there is none.</summary>
    public string HostOr(string fallback) => Host.Length == 0 ? fallback : Host;

    public static bool TryRead(Setting setting, out HostPort value)
    {
        value = default;
        if (setting.Value is long port)
        {
            value = new HostPort("", (int)Math.Clamp(port, int.MinValue, int.MaxValue));
            return true;
        }
        if (setting.Value is not string text)
        {
            setting.Error($"expected port or host:port, got {GoText.TypeOf(setting.Value)}");
            return false;
        }
        if (!TrySplit(text, out string host, out string portText))
        {
            setting.Error($"could not parse address string {GoText.Quote(text)}");
            return false;
        }
        if (!int.TryParse(portText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            setting.Error($"could not parse port {GoText.Quote(portText)}");
            return false;
        }
        value = new HostPort(host, number);
        return true;
    }

    /// <summary>Takes <c>host:port</c> or <c>[address]:port</c> apart, as strictly as Go does: one colon outside brackets, and it must be there.</summary>
    public static bool TrySplit(string text, out string host, out string port)
    {
        host = port = "";
        int colon = text.LastIndexOf(':');
        if (colon < 0)
            return false;
        string left = text[..colon];
        if (left.StartsWith('['))
        {
            int close = text.IndexOf(']');
            if (close != colon - 1)
                return false;
            left = left[1..^1];
        }
        else if (left.Contains(':'))
        {
            return false;
        }
        string right = text[(colon + 1)..];
        if (left.AsSpan().ContainsAny('[', ']') || right.AsSpan().ContainsAny('[', ']'))
            return false;
        (host, port) = (left, right);
        return true;
    }
}

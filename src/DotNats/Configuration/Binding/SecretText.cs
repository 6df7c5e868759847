using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>Values from a file as errors may show them.</summary>
// Compat: nats-server shows them as they are where they cannot be read, and seeds where a public key is wanted.
internal static class SecretText
{
    private const string Mask = "xxxxx";

    // Seeds begin with S, as no public key does, and have 58 characters; a few may be missing from a mistyped one.
    private const int ShortestSeed = 40;

    /// <summary>In quotes, and hidden when it looks like a seed.</summary>
    public static string QuoteKey(string key) => GoText.Quote(key.Length >= ShortestSeed && key.StartsWith('S') ? Mask : key);

    /// <summary>In quotes, without the password in it; it need not be a valid URL.</summary>
    public static string QuoteUrl(string url) => GoText.Quote(HidePassword(url));

    /// <summary>The URL without the password in it; it need not be a valid one.</summary>
    public static string HidePassword(string url) => ServerUrl.HidePassword(url);
}

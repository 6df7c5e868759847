using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DotNats.Security;

namespace Security.Tests.Jwt;

/// <summary>JWTs made by the official packages (Vectors/make.mjs) and by nats-server, and the keys they were made with.</summary>
internal static class JwtVectors
{
    private static readonly JsonElement Root = Load();

    public static long Issued { get; } = Root.GetProperty("issued").GetInt64();

    public static long Expires { get; } = Root.GetProperty("expires").GetInt64();

    public static string Creds { get; } = Root.GetProperty("creds").GetString()!;

    public static IEnumerable<string> Names { get; } = [.. Root.GetProperty("tokens").EnumerateObject().Select(token => token.Name)];

    public static IEnumerable<(string Text, byte[] Box)> Boxes { get; } =
        [.. Root.GetProperty("boxes").EnumerateArray().Select(box => (box.GetProperty("text").GetString()!, box.GetProperty("box").GetBytesFromBase64()))];

    public static string Token(string name) => Root.GetProperty("tokens").GetProperty(name).GetString()!;

    public static NKey Key(string name) => NKey.FromSeed(Root.GetProperty("seeds").GetProperty(name).GetString()!);

    public static string Public(string name) => Key(name).PublicKey;

    /// <summary>What nats-server said.</summary>
    public static string Server(string name) => Root.GetProperty("server").GetProperty(name).GetString()!;

    /// <summary>The JSON between the dots.</summary>
    public static string ClaimsOf(string token) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.Split('.')[1]));

    private static JsonElement Load()
    {
        using Stream stream = typeof(JwtVectors).Assembly.GetManifestResourceStream("jwt-vectors.json")!;
        using JsonDocument json = JsonDocument.Parse(stream);
        return json.RootElement.Clone();
    }
}

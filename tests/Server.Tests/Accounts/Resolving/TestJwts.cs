using System.Text;
using System.Text.Json;
using DotNats.Security;

namespace Server.Tests.Accounts.Resolving;

/// <summary>An operator with as many accounts as a test likes.</summary>
internal sealed class TestJwts
{
    public NKey Operator { get; } = NKey.Create(NKeyKind.Operator);

    public static string NewAccount()
    {
        using NKey key = NKey.Create(NKeyKind.Account);
        return key.PublicKey;
    }

    /// <summary>The JWT of an account.</summary>
    public string Account(string key, long issuedAt = 1_700_000_000, long expiresAt = 0, string name = "") => JwtWriter.Write(
        new AccountClaims { Subject = key, Name = name, IssuedAtSeconds = issuedAt, ExpiresAtSeconds = expiresAt, Limits = AccountLimitsClaim.Unlimited }, Operator);

    /// <summary>A request to delete accounts, as <c>nsc</c> makes it.</summary>
    public string Deletion(params string[] accounts) => Generic(Operator, Operator.PublicKey, $$"""{"accounts":{{JsonSerializer.Serialize(accounts)}}}""");

    public static string Generic(NKey signer, string subject, string data)
    {
        using JsonDocument json = JsonDocument.Parse(data);
        return JwtWriter.Write(new GenericClaims { Subject = subject, Type = "generic", Data = json.RootElement.Clone() }, signer);
    }

    public static byte[] Bytes(string jwt) => Encoding.UTF8.GetBytes(jwt);
}

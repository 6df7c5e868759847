using System.Text.Json;

namespace DotNats.Security;

/// <summary>Claims of a type NATS has no rules for, and any claims read without regard to their type.</summary>
public sealed record GenericClaims : JwtClaims
{
    public override JwtClaimsKind Kind => JwtClaimsKind.Generic;

    /// <summary><c>nats.type</c>, in JWTs of the old form <c>type</c>.</summary>
    public string Type { get; init; } = "";

    /// <summary>The object <c>nats</c>; undefined when there is none.</summary>
    public JsonElement Data { get; init; }
}

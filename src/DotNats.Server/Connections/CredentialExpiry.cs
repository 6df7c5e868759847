using DotNats.Primitives;

namespace DotNats.Server.Connections;

/// <summary>Ends a connection when its credentials do.</summary>
// Owner: the login starts and stops it; the wheel's thread closes the connection.
internal sealed class CredentialExpiry(MemberLogin login) : WheelTimer
{
    protected override void OnExpired() => login.EndClaims("User Authentication Expired", CloseReason.AuthenticationExpired);
}

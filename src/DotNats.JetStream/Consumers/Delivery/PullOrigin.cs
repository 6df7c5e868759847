using DotNats.Server.Accounts;

namespace DotNats.JetStream.Consumers;

/// <summary>The account that a pull request came from through service imports, and where it wants its messages there.</summary>
/// <remarks>Messages go there directly: on the way back of a response they would lose the subject they were stored under.</remarks>
internal sealed record PullOrigin(Account Account, byte[] Reply)
{
    // Imports of imports; what is longer is a circle.
    private const int MostSteps = 16;

    /// <summary>Follows a reply subject; null for one of the account itself.</summary>
    public static PullOrigin? Find(Account account, ReadOnlySpan<byte> reply)
    {
        PullOrigin? origin = null;
        for (int i = 0; i < MostSteps; i++)
        {
            if ((origin?.Account ?? account).ResponsesIfAny is not { } responses) break;
            if (!responses.TryFollow(origin is null ? reply : origin.Reply, out Account requester, out byte[] there)) break;
            origin = new PullOrigin(requester, there);
        }

        return origin;
    }
}

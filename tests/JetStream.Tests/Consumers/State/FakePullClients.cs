using System.Text;
using DotNats.JetStream.Consumers.State;

namespace JetStream.Tests.Consumers.State;

/// <summary>Clients that listen until they are said to be gone, and remember what they were told.</summary>
internal sealed class FakePullClients : IPullClients
{
    /// <summary>Reply subject, then the header block on one line.</summary>
    public List<string> Told { get; } = [];

    public HashSet<string> Gone { get; } = [];

    public string? TakeTold()
    {
        string? all = Told.Count == 0 ? null : string.Join('|', Told);
        Told.Clear();
        return all;
    }

    public bool HasInterest(WaitingPull pull) => Gone.Count == 0 || !Gone.Contains(Encoding.UTF8.GetString(pull.Reply));

    public void Tell(ReadOnlySpan<byte> reply, object? origin, in PullStatus status)
    {
        byte[] line = new byte[status.MaxLength];
        string text = Encoding.UTF8.GetString(line.AsSpan(0, status.Write(line)));
        Told.Add($"{Encoding.UTF8.GetString(reply)} {text[9..^4].Replace("\r\nNats-Pending-Messages: ", " m=").Replace("\r\nNats-Pending-Bytes: ", " b=")}");
    }

    public void OnPinned(string group, string pinId) => Told.Add($"pinned {group}");

    public void OnUnpinned(string group, string reason) => Told.Add($"unpinned {group} {reason}");
}

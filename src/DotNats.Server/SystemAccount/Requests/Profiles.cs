using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using DotNats.Protocol.Text;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>Answer to <c>PROFILEZ</c>.</summary>
internal sealed record ProfileReply([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] byte[]? Profile, string Error);

/// <summary>What of Go's profiles a .NET process can tell of itself.</summary>
internal static class Profiles
{
    private static readonly TimeSpan LongestProfile = TimeSpan.FromSeconds(15);

    /// <summary>The profile of that name, in text; or why there is none, in nats-server's words where it has some.</summary>
    /// <param name="duration">How long the processor is to be watched.</param>
    // Compat: Go's tools cannot read these. Heap and threads are told in text; a sampler of the processor does not exist inside a process.
    public static ProfileReply Take(string name, TimeSpan duration) => name switch
    {
        "" => Failed("Profile name not specified"),
        "cpu" when duration <= TimeSpan.Zero || duration > LongestProfile => Failed($"Duration {GoDuration.Format(duration)} should be between 0s and 15s"),
        "cpu" => Failed("Failed to start CPU profile: not available in this runtime, use dotnet-trace"),
        "goroutine" or "threadcreate" => new ProfileReply(RuntimeReports.Stacks(), ""),
        "heap" or "allocs" => new ProfileReply(Memory(), ""),
        "block" or "mutex" => Failed($"Profile {GoQuote.Quote(System.Text.Encoding.UTF8.GetBytes(name))} error: not available in this runtime"),
        _ => Failed($"Profile {GoQuote.Quote(System.Text.Encoding.UTF8.GetBytes(name))} not found"),
    };

    private static ProfileReply Failed(string error) => new(null, error);

    private static byte[] Memory()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (Utf8JsonWriter json = SystemJson.CreateWriter(buffer)) RuntimeReports.WriteMemory(json);
        return buffer.WrittenSpan.ToArray();
    }
}

using System.Text;
using System.Text.Json.Serialization;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>Answer to <c>PROFILEZ</c>.</summary>
internal sealed record ProfileReply([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] byte[]? Profile, string Error);

/// <summary>Answers <c>PROFILEZ</c> with what the diagnostics port shows.</summary>
internal static class Profiles
{
    private static readonly TimeSpan LongestProfile = TimeSpan.FromSeconds(15);

    /// <summary>The profile of that name, in text; or why there is none, in nats-server's words where it has some.</summary>
    /// <param name="duration">How long the processor is to be watched.</param>
    // Compat: a sampler of the processor does not exist inside a process.
    public static ProfileReply Take(string name, TimeSpan duration)
    {
        if (name.Length == 0) return Failed("Profile name not specified");
        if (name == "cpu")
        {
            return Failed(duration <= TimeSpan.Zero || duration > LongestProfile
                ? $"Duration {GoDuration.Format(duration)} should be between 0s and 15s"
                : "Failed to start CPU profile: not available in this runtime, use dotnet-trace");
        }

        if (RuntimeProfiles.Find(name) is { } profile) return new ProfileReply(Encoding.UTF8.GetBytes(profile.Read()), "");
        string quoted = GoQuote.Quote(Encoding.UTF8.GetBytes(name));
        return Failed(RuntimeProfiles.Impossible.Contains(name) ? $"Profile {quoted} error: not available in this runtime" : $"Profile {quoted} not found");
    }

    private static ProfileReply Failed(string error) => new(null, error);
}

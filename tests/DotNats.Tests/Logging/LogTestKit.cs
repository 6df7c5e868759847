using System.Text;
using DotNats.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DotNats.Tests.Logging;

/// <summary>What the logging tests share: a clock in a known zone and a destination that keeps its text.</summary>
internal static class LogTestKit
{
    public static FakeTimeProvider Clock()
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 22, 20, 48, 15, TimeSpan.Zero).AddMicroseconds(123_456));
        clock.SetLocalTimeZone(TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(-3), "test", "test"));
        return clock;
    }

    public static (LogDestination Destination, Func<string> Text) Memory(LogLineFormat format)
    {
        MemoryStream stream = new();
        return (new StreamLogDestination(stream, format), () => Encoding.UTF8.GetString(stream.ToArray()));
    }
}

/// <summary>A directory for one test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("dotnats-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

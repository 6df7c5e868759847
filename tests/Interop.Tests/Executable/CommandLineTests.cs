using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>The executable as scripts and client suites call it: it starts, says something and ends.</summary>
public sealed partial class CommandLineTests
{
    [Theory]
    [InlineData("-v")]
    [InlineData("--v")]
    [InlineData("-version")]
    [InlineData("--version")]
    public async Task Version_flag_prints_the_matched_release(string flag)
    {
        (int exitCode, string output) = await ServerExecutable.UnderTest.RunAsync(flag);
        exitCode.ShouldBe(0);
        VersionLine().IsMatch(output).ShouldBeTrue(output);
    }

    [Theory]
    [InlineData("-h")]
    [InlineData("--help")]
    public async Task Help_flag_prints_usage(string flag)
    {
        (int exitCode, string output) = await ServerExecutable.UnderTest.RunAsync(flag);
        exitCode.ShouldBe(0);
        output.ShouldContain("Usage: nats-server [options]");
        output.ShouldContain("--ports_file_dir");
    }

    [Theory]
    // Compat: an unknown flag prints the usage and ends with code 0, as asking for help does.
    [InlineData("--nope", 0, "flag provided but not defined: -nope")]
    [InlineData("extra", 1, "nats-server: unrecognized command: \"extra\"")]
    public async Task Unknown_arguments_are_refused(string argument, int expectedCode, string complaint)
    {
        (int exitCode, string output) = await ServerExecutable.UnderTest.RunAsync(argument);
        exitCode.ShouldBe(expectedCode);
        output.ShouldContain(complaint);
    }

    [Theory]
    [InlineData("port: 4333", 0, "is valid (sha256:")]
    [InlineData("prot: 4333", 1, ":1:0: unknown field \"prot\"")]
    public async Task Test_flag_judges_a_configuration_file(string config, int expectedCode, string expected)
    {
        using TemporaryFile file = new(config);
        (int exitCode, string output) = await ServerExecutable.UnderTest.RunAsync("-t", "-c", file.Path);
        exitCode.ShouldBe(expectedCode);
        output.ShouldContain(expected);
    }

    [Fact]
    public async Task Bad_configuration_ends_with_code_1()
    {
        using TemporaryFile file = new("port: 'no number'");
        (int exitCode, string output) = await ServerExecutable.UnderTest.RunAsync("-c", file.Path);
        exitCode.ShouldBe(1);
        output.ShouldStartWith("nats-server: ");
    }

    [Fact]
    public async Task Missing_configuration_ends_with_code_1()
    {
        (int exitCode, string output) = await ServerExecutable.UnderTest.RunAsync("-c", "no-such-file.conf");
        exitCode.ShouldBe(1);
        output.ShouldContain("nats-server: open no-such-file.conf: no such file or directory");
    }

    [Fact]
    public async Task Port_in_use_is_fatal()
    {
        await using ServerProcess first = await ServerProcess.StartAsync();
        (int exitCode, string output) = await ServerExecutable.UnderTest.RunAsync("-a", "127.0.0.1", "-p", $"{first.Port}");
        exitCode.ShouldBe(1);
        output.ShouldContain($"[FTL] Error listening on port: 127.0.0.1:{first.Port}");
    }

    [GeneratedRegex(@"\Anats-server: v2\.15\.\d+\b")]
    private static partial Regex VersionLine();

    private sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(string text)
        {
            Path = System.IO.Path.GetTempFileName();
            File.WriteAllText(Path, text);
        }

        public string Path { get; }

        public void Dispose() => File.Delete(Path);
    }
}

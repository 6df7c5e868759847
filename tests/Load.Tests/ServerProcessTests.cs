using System.Diagnostics;
using Load.Harness;
using Load.Wire;
using Shouldly;
using Xunit;

namespace Load.Tests;

public sealed class ServerProcessTests
{
    [Fact]
    public void A_command_that_does_not_exist_is_reported()
    {
        SkipUnlessLinux();
        using RunDirectory directory = new();
        Should.Throw<InvalidRunException>(() => ServerProcess.Start("/does/not/exist", null, directory.Location))
            .Message.ShouldContain("cannot execute /does/not/exist");
    }

    [Fact]
    public void A_server_that_ends_at_once_is_reported_with_its_log()
    {
        SkipUnlessLinux();
        using RunDirectory directory = new();
        Should.Throw<InvalidRunException>(() => ServerProcess.Start("/bin/sh -c 'echo wrong flag; exit 1'", null, directory.Location))
            .Message.ShouldContain("wrong flag");
    }

    [Fact]
    public void A_server_dies_with_whoever_started_it()
    {
        SkipUnlessLinux();
        using RunDirectory directory = new();
        Process? child = null;
        // Linux ties the promise to the starting thread, so a thread that ends stands for a harness that was killed.
        Thread starter = new(() => child = StartSleeper(directory));
        starter.Start();
        starter.Join();
        child.ShouldNotBeNull().WaitForExit(10_000).ShouldBeTrue();
        child.ExitCode.ShouldNotBe(0);
        child.Dispose();
    }

    [Fact]
    public void A_run_removes_what_a_killed_run_left()
    {
        SkipUnlessLinux();
        using RunDirectory first = new();
        // Process ids end far below this one.
        string left = first.Location.Replace($"-{Environment.ProcessId}-", "-99999999-", StringComparison.Ordinal);
        Directory.CreateDirectory(left);
        using RunDirectory second = new();
        Directory.Exists(left).ShouldBeFalse();
        Directory.Exists(first.Location).ShouldBeTrue();
    }

    private static Process StartSleeper(RunDirectory directory)
    {
        string[] command = [.. SelfExecutable.LeadingArguments, "exec", directory.NewFile("log"), "sleep", "1000"];
        ProcessStartInfo start = new(SelfExecutable.File, command) { RedirectStandardOutput = true };
        Process child = Process.Start(start)!;
        child.StandardOutput.ReadToEnd().ShouldStartWith("exec=");
        child.HasExited.ShouldBeFalse();
        return child;
    }

    private static void SkipUnlessLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "the load generator needs Linux");
}

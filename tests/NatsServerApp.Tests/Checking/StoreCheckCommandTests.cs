using DotNats;
using DotNats.App.Checking;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests;

public sealed class StoreCheckCommandTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"dotnats-fsck-{Guid.NewGuid():N}");

    [Fact]
    public void A_sound_store_ends_with_0()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "jetstream"));
        Run(out string output).ShouldBe(0);
        output.ShouldBe($"{_directory}: sound\n");
    }

    [Fact]
    public void Damage_is_named_and_ends_with_1()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "jetstream", "A", "streams", "S"));
        Run(out string output).ShouldBe(1);
        output.ShouldBe($"""
            A > S: damage: {Path.Combine(_directory, "jetstream", "A", "streams", "S", "meta.inf")}: missing or empty
            A > S: damaged: 0 records in 0 blocks, 0 consumers
            {_directory}: 1 damages

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void What_is_no_store_ends_with_2()
    {
        Run(out string output).ShouldBe(2);
        output.ShouldBe($"{_directory}: not a store\n");
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private int Run(out string output)
    {
        var writer = new StringWriter();
        int status = StoreCheckCommand.Run(_directory, new JetStreamOptions { EncryptionKey = "k", Cipher = "aes" }, writer);
        output = writer.ToString();
        return status;
    }
}

using DotNats.Server.Transport.Streams;
using Shouldly;
using Xunit;

namespace Server.Tests.Transport.Streams;

public sealed class DuplexPipeStreamTests
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_end_writes_the_other_reads()
    {
        (Stream server, Stream client) = DuplexPipeStream.CreatePair();
        await client.WriteAsync("PING\r\n"u8.ToArray(), Ending);
        byte[] read = new byte[6];
        await server.ReadExactlyAsync(read, Ending);

        read.ShouldBe("PING\r\n"u8.ToArray());
    }

    [Fact]
    public async Task Writing_to_an_end_that_is_closed_fails_as_on_a_socket()
    {
        (Stream server, Stream client) = DuplexPipeStream.CreatePair();
        await server.DisposeAsync();

        await Should.ThrowAsync<IOException>(client.WriteAsync(new byte[1], Ending).AsTask());
        Should.Throw<IOException>(() => client.Write([1], 0, 1));
    }

    [Fact]
    public async Task A_writer_that_waits_for_room_fails_when_the_other_end_closes()
    {
        (Stream server, Stream client) = DuplexPipeStream.CreatePair();
        Task writing = client.WriteAsync(new byte[300 * 1024], Ending).AsTask();
        writing.IsCompleted.ShouldBeFalse();
        await server.DisposeAsync();

        await Should.ThrowAsync<IOException>(writing.WaitAsync(TimeSpan.FromSeconds(10), Ending));
    }
}

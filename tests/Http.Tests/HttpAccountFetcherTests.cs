using System.Net;
using System.Net.Sockets;
using System.Text;
using DotNats.Http;
using DotNats.Server.Accounts.Resolving;
using Shouldly;
using Xunit;

namespace Http.Tests;

public sealed class HttpAccountFetcherTests
{
    [Fact]
    public async Task The_body_and_the_status_of_an_answer_are_told()
    {
        await using var host = new CannedHost("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\njwt", "HTTP/1.1 404 Nobody Here\r\nContent-Length: 0\r\n\r\n");
        using IAccountFetcher fetcher = new HttpAccountFetcher().Create(tls: null);
        (await fetcher.GetAsync(host.Url("one"), CancellationToken.None)).ShouldBe(new AccountFetchReply(200, "OK", "jwt"));
        (await fetcher.GetAsync(host.Url("two"), CancellationToken.None)).ShouldBe(new AccountFetchReply(404, "Nobody Here", ""));
        host.Requests.ShouldBe(["GET /one HTTP/1.1", "GET /two HTTP/1.1"]);
    }

    [Fact]
    public async Task More_than_a_JWT_may_have_is_not_taken()
    {
        await using var host = new CannedHost($"HTTP/1.1 200 OK\r\nContent-Length: {2 * 1024 * 1024}\r\n\r\n");
        using IAccountFetcher fetcher = new HttpAccountFetcher().Create(tls: null);
        await Should.ThrowAsync<AccountFetchException>(() => fetcher.GetAsync(host.Url("x"), CancellationToken.None));
    }

    [Fact]
    public async Task Nobody_there_is_said_in_the_words_of_nats_server()
    {
        using IAccountFetcher fetcher = new HttpAccountFetcher().Create(tls: null);
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        (await Should.ThrowAsync<AccountFetchException>(() => fetcher.GetAsync(new Uri($"http://127.0.0.1:{port}/"), CancellationToken.None))).Message
            .ShouldBe($"dial tcp 127.0.0.1:{port}: connect: connection refused");
    }

    /// <summary>Answers one request after the other with what it was given.</summary>
    private sealed class CannedHost : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _running;

        public CannedHost(params string[] answers)
        {
            _listener.Start();
            _running = RunAsync(answers);
        }

        public List<string> Requests { get; } = [];

        public Uri Url(string path) => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/{path}");

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _running;
        }

        private async Task RunAsync(string[] answers)
        {
            using TcpClient client = await _listener.AcceptTcpClientAsync();
            await using NetworkStream stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            foreach (string answer in answers)
            {
                Requests.Add(await reader.ReadLineAsync() ?? "");
                while (await reader.ReadLineAsync() is { Length: > 0 })
                {
                    // Headers say nothing here.
                }

                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
            }
        }
    }
}

using System.Net;
using DotNats;
using DotNats.Server.Transport.Opening;
using DotNats.Server.Transport.Tls;
using Server.Tests.Transport.Tls;
using Shouldly;
using Xunit;

namespace Server.Tests.Transport.Opening;

/// <summary>How a connection goes on, by its first bytes alone.</summary>
public sealed class PeerOpeningTests : IDisposable
{
    private const string Header = "PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n";

    private readonly TestAuthority _authority = new();
    private readonly TlsContext _tls;

    public PeerOpeningTests() => _tls = TlsContext.Load(new TlsOptions { Certificates = [_authority.ServerFiles()] });

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("", OpeningStep.Wait)]
    [InlineData("\u0016", OpeningStep.Tls)]
    [InlineData("C", OpeningStep.Plain)]
    public void The_first_byte_tells_tls_from_plain(string bytes, object step) =>
        Opening(allowsPlain: true).Read(Latin1(bytes)).ShouldBe((OpeningStep)step);

    [Theory]
    [InlineData(Header, OpeningStep.Wait)]
    [InlineData(Header + "\u0016", OpeningStep.Tls)]
    [InlineData(Header + "CONNECT", OpeningStep.Plain)]
    [InlineData("\u0016\u0003", OpeningStep.Tls)]
    public void Behind_a_proxy_the_first_byte_after_the_header_counts(string bytes, object step)
    {
        PeerOpening opening = Opening(allowsPlain: true, proxy: true);

        opening.Read(Latin1(bytes)).ShouldBe((OpeningStep)step);
        if (bytes.StartsWith("PROXY", StringComparison.Ordinal)) (opening.Consumed, opening.Header.Source).ShouldBe((Header.Length, IPEndPoint.Parse("1.2.3.4:11")));
    }

    [Fact]
    public void Every_split_of_header_and_command_ends_the_same()
    {
        byte[] bytes = Latin1(Header + "CONNECT {}\r\n");
        for (int split = 0; split <= bytes.Length; split++)
        {
            var opening = new PeerOpening(new OpeningRules(ExpectsProxyHeader: true, null, AllowsPlain: false, HandshakeFirst: false, null));
            OpeningStep step = opening.Read(bytes.AsSpan(0, split));
            step.ShouldBe(split < Header.Length ? OpeningStep.Wait : OpeningStep.Plain);
            if (step == OpeningStep.Wait) opening.Read(bytes).ShouldBe(OpeningStep.Plain);
            opening.Consumed.ShouldBe(Header.Length);
        }
    }

    [Fact]
    public void A_handshake_that_comes_first_falls_back_to_info()
    {
        PeerOpening opening = Opening(first: true, fallback: TimeSpan.FromMilliseconds(50), allowsPlain: true);
        opening.Patience.ShouldBe(TimeSpan.FromMilliseconds(50));
        opening.Read([]).ShouldBe(OpeningStep.Wait);

        opening.OnTimeout([], "late").ShouldBe(OpeningStep.Greet);
        opening.HandshakeFirst.ShouldBeFalse();
        opening.Read([]).ShouldBe(OpeningStep.Wait);
        opening.Read("C"u8).ShouldBe(OpeningStep.Plain);
    }

    [Fact]
    public void Whoever_speaks_before_info_means_tls_whatever_it_says()
    {
        PeerOpening opening = Opening(first: true, fallback: TimeSpan.FromMilliseconds(50), allowsPlain: true);

        opening.Read("C"u8).ShouldBe(OpeningStep.Tls);
        opening.HandshakeFirst.ShouldBeTrue();
    }

    [Theory]
    [InlineData("", "failed to read protocol version: EOF")]
    [InlineData("PRO", "failed to read protocol version: late")]
    [InlineData("PROXY T", "failed to read v1 line: late")]
    public void A_header_has_five_seconds(string bytes, string error)
    {
        PeerOpening opening = Opening(proxy: true);
        opening.Read(Latin1(bytes)).ShouldBe(OpeningStep.Wait);
        opening.Patience.ShouldBe(TimeSpan.FromSeconds(5));

        opening.OnTimeout(Latin1(bytes), "late").ShouldBe(OpeningStep.Refuse);
        opening.Error.ShouldBe(error);
    }

    [Theory]
    [InlineData("", "failed to read protocol version: EOF")]
    [InlineData("PRO", "failed to read protocol version: unexpected EOF")]
    [InlineData("PROXY T", "failed to read v1 line: EOF")]
    public void A_peer_that_ends_inside_its_header_is_refused(string bytes, string error)
    {
        PeerOpening opening = Opening(proxy: true);

        opening.OnEnd(Latin1(bytes)).ShouldBe(OpeningStep.Refuse);
        opening.Error.ShouldBe(error);
    }

    private PeerOpening Opening(bool proxy = false, bool allowsPlain = false, bool first = false, TimeSpan? fallback = null) =>
        new(new OpeningRules(proxy, _tls, allowsPlain, first, fallback));

    private static byte[] Latin1(string text) => System.Text.Encoding.Latin1.GetBytes(text);
}

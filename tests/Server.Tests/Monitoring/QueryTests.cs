using DotNats.Server.Monitoring;
using Shouldly;
using Xunit;

namespace Server.Tests.Monitoring;

public sealed class QueryTests
{
    [Theory]
    [InlineData("a=1", "1")]
    [InlineData("a=x%20y+z", "x y z")]
    [InlineData("a=%C3%A9é", "éé")]
    [InlineData("b=2&a=1&a=3", "1")]
    [InlineData("a=1;b=2", "")]
    [InlineData("a=%zz", "")]
    [InlineData("a=%4", "")]
    [InlineData("a", "")]
    [InlineData("%61=1", "1")]
    [InlineData("&&a==1&", "=1")]
    public void Values_are_read_as_Go_reads_them(string query, string expected) => QueryParameters.Parse(query).Get("a").ShouldBe(expected);

    [Theory]
    [InlineData("auth=x", "Error decoding boolean for 'auth': strconv.ParseBool: parsing \"x\": invalid syntax")]
    [InlineData("auth=tRUE", "Error decoding boolean for 'auth': strconv.ParseBool: parsing \"tRUE\": invalid syntax")]
    [InlineData("auth=%22%0a", "Error decoding boolean for 'auth': strconv.ParseBool: parsing \"\\\"\\n\": invalid syntax")]
    [InlineData("subs=x", "Error decoding boolean for 'subs': strconv.ParseBool: parsing \"x\": invalid syntax")]
    [InlineData("offset=x", "Error decoding int for 'offset': strconv.Atoi: parsing \"x\": invalid syntax")]
    [InlineData("limit=1e3", "Error decoding int for 'limit': strconv.Atoi: parsing \"1e3\": invalid syntax")]
    [InlineData("limit=+5", "Error decoding int for 'limit': strconv.Atoi: parsing \" 5\": invalid syntax")]
    [InlineData("limit=-", "Error decoding int for 'limit': strconv.Atoi: parsing \"-\": invalid syntax")]
    [InlineData("limit=99999999999999999999", "Error decoding int for 'limit': strconv.Atoi: parsing \"99999999999999999999\": value out of range")]
    [InlineData("cid=-1", "Error decoding uint64 for 'cid': strconv.ParseUint: parsing \"-1\": invalid syntax")]
    [InlineData("cid=%2B1", "Error decoding uint64 for 'cid': strconv.ParseUint: parsing \"+1\": invalid syntax")]
    [InlineData("cid=99999999999999999999999", "Error decoding uint64 for 'cid': strconv.ParseUint: parsing \"99999999999999999999999\": value out of range")]
    [InlineData("state=foo", "Error decoding state for foo")]
    [InlineData("state=foo&limit=x", "Error decoding int for 'limit': strconv.Atoi: parsing \"x\": invalid syntax")]
    public void Bad_options_are_named_in_the_servers_words(string query, string expected)
    {
        ConnzQuery.Read(QueryParameters.Parse(query), out string? error);
        error.ShouldBe(expected);
    }

    [Fact]
    public void All_connz_options_are_read()
    {
        ConnzQuery query = ConnzQuery.Read(
            QueryParameters.Parse("sort=rtt&auth=T&subs=DETAIL&offset=-2&limit=%2B5&cid=18446744073709551615&state=ALL&user=u&acc=a&mqtt_client=m"), out string? error);
        error.ShouldBeNull();
        query.ShouldBe(new ConnzQuery
        {
            Sort = "rtt", ShowUser = true, Subscriptions = SubscriptionListing.Detail, Offset = -2, Limit = 5, ConnectionId = ulong.MaxValue,
            State = ConnectionState.Any, User = "u", Account = "a", MqttClient = "m",
        });
    }

    [Fact]
    public void Filter_subject_is_no_option_over_HTTP() =>
        ConnzQuery.Read(QueryParameters.Parse("filter_subject=x"), out _).FilterSubject.ShouldBeEmpty();

    [Theory]
    [InlineData("test=a..b", "invalid test subject, must be valid publish subject: a..b")]
    [InlineData("test=a.*", "invalid test subject, must be valid publish subject: a.*")]
    [InlineData("test=%3E", "invalid test subject, must be valid publish subject: >")]
    [InlineData("test=a.b*", null)]
    [InlineData("subs=x&test=a..b", "Error decoding boolean for 'subs': strconv.ParseBool: parsing \"x\": invalid syntax")]
    public void Test_subjects_must_be_literal(string query, string? expected)
    {
        SubszQuery.Read(QueryParameters.Parse(query), out string? error);
        error.ShouldBe(expected);
    }
}

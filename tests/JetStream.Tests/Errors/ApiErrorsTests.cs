using System.Buffers;
using System.Text;
using System.Text.Json;
using DotNats.JetStream;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Errors;

public sealed class ApiErrorsTests
{
    [Fact]
    public void The_generated_file_says_what_the_list_says() =>
        File.ReadAllText(ApiErrorsFile.CodePath).ReplaceLineEndings("\n").ShouldBe(ApiErrorsFile.Generate(File.ReadAllBytes(ApiErrorsFile.ListPath)));

    [Fact]
    public void All_errors_have_names_and_numbers_of_their_own()
    {
        var entries = ApiErrorsFile.Entries(File.ReadAllBytes(ApiErrorsFile.ListPath)).ToList();
        entries.Count.ShouldBe(226);
        entries.Select(entry => entry.Name).Distinct().Count().ShouldBe(226);
        entries.Select(entry => entry.ErrorCode).ShouldBe(Enumerable.Range(10002, 226));
    }

    [Fact]
    public void Placeholders_are_replaced_and_it_stays_the_same_error()
    {
        ApiError error = ApiErrors.StreamExternalDelPrefixOverlaps.With(("{prefix}", "p"), ("{subject}", "s"));
        error.Description.ShouldBe("stream external delivery prefix p overlaps with stream subject s");
        error.Is(ApiErrors.StreamExternalDelPrefixOverlaps).ShouldBeTrue();
        error.Is(ApiErrors.StreamNotFound).ShouldBeFalse();
    }

    [Fact]
    public void An_error_is_written_in_the_order_of_the_api() =>
        Json(ApiErrors.StreamNotFound).ShouldBe("""{"code":404,"err_code":10059,"description":"stream not found"}""");

    [Fact]
    public void An_error_without_a_number_has_no_err_code() => Json(new ApiError(500, 0, "")).ShouldBe("""{"code":500}""");

    private static string Json(ApiError error)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text)) error.WriteTo(json);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}

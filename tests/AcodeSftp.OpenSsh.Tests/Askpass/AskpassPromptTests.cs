using AcodeSftp.OpenSsh.Askpass;

namespace AcodeSftp.OpenSsh.Tests.Askpass;

public sealed class AskpassPromptTests
{
    private readonly AskpassPrompt _prompt = new("me", ["box", "box.example.org"], ["/keys/id"]);

    [Theory]
    [InlineData("me@box's password: ")]
    [InlineData("me@box.example.org's password: ")]
    [InlineData("(me@box.example.org) Password: ")]
    [InlineData("(me@box) me's LDAP password: ")]
    [InlineData("Password: ")]
    public void A_question_for_the_accounts_password_gets_the_password(string text) =>
        Assert.Equal(AskpassSecret.Password, _prompt.Decide("", text));

    [Fact]
    public void A_question_for_the_key_files_passphrase_gets_the_passphrase() =>
        Assert.Equal(AskpassSecret.Passphrase, _prompt.Decide("", "Enter passphrase for key '/keys/id': "));

    [Theory]
    [InlineData("Are you sure you want to continue connecting (yes/no/[fingerprint])? ")]
    [InlineData("Please type 'yes', 'no' or the fingerprint: ")]
    [InlineData("The authenticity of host 'password (10.0.0.1)' can't be established.\nAre you sure (yes/no)? ")]
    [InlineData("me@jump's password: ")]
    [InlineData("other@box's password: ")]
    [InlineData("(me@jump) Password: ")]
    [InlineData("(me@box) Verification code: ")]
    [InlineData("(me@box) One-time password (OATH): ")]
    [InlineData("(me@box) Enter passphrase for key '/keys/id': ")]
    [InlineData("(me@box) New password: ")]
    [InlineData("Enter passphrase for key '/keys/other': ")]
    [InlineData("Enter PIN for authenticator: ")]
    [InlineData("Enter PIN for 'password token': ")]
    [InlineData("")]
    public void Every_other_question_gets_no_answer(string text) => Assert.Equal(AskpassSecret.None, _prompt.Decide("", text));

    [Theory]
    [InlineData("confirm")]
    [InlineData("none")]
    public void A_notice_or_a_confirmation_gets_no_answer(string kind) =>
        Assert.Equal(AskpassSecret.None, _prompt.Decide(kind, "me@box's password: "));

    [Fact]
    public void The_same_question_is_answered_once()
    {
        Assert.Equal(AskpassSecret.Password, _prompt.Decide("", "me@box's password: "));
        Assert.Equal(AskpassSecret.None, _prompt.Decide("", "me@box's password: "));
    }

    [Fact]
    public void The_password_is_given_twice_at_most()
    {
        _prompt.Decide("", "me@box's password: ");
        Assert.Equal(AskpassSecret.Password, _prompt.Decide("", "(me@box) Password: "));
        Assert.Equal(AskpassSecret.None, _prompt.Decide("", "(me@box) Your password: "));
    }

    [Fact]
    public void After_many_questions_none_is_answered()
    {
        for (var i = 0; i < AskpassPrompt.MaxPrompts; i++)
            _prompt.Decide("", "yes/no?");

        Assert.Equal(AskpassSecret.None, _prompt.Decide("", "me@box's password: "));
    }
}

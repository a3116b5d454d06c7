namespace AcodeSftp.OpenSsh.Mux;

/// <summary>The messages that arrive; the multiplexer's reading loop calls these, one at a time.</summary>
internal sealed partial class SshChannel
{
    internal void OnOpened(ref ChannelMessageReader message)
    {
        lock (_lock)
        {
            if (_opened.Task.IsCompleted)
                throw ChannelMessageReader.Violation("a channel is confirmed twice");
            _multiplexer.Windows.OnAnswer(_openingSent);
            _remoteId = message.ReadUInt32();
            _sendWindow = message.ReadUInt32();
            var maxPacket = message.ReadUInt32();
            if (maxPacket == 0)
                throw ChannelMessageReader.Violation("a channel that takes packets of 0 bytes");
            _maxDataSent = (int)Math.Min(maxPacket, ChannelLimits.MaxDataSent);
            _isOpen = true;
            if (_hasSentClose)
            {
                // Given up while the peer made up its mind.
                _hasSentClose = false;
                Close();
            }
        }

        _opened.TrySetResult();
    }

    internal void OnRefused(ref ChannelMessageReader message)
    {
        var reason = message.ReadUInt32();
        var text = TerminalText.Clean(message.ReadText());
        // RFC 4254, section 5.1. OpenSSH says 2 and "open failed" where MaxSessions is reached.
        var error = new SftpException(
            reason == 3 ? SftpErrorCode.Unsupported : SftpErrorCode.Unavailable,
            $"The server refused another channel: {(text.Length == 0 ? $"reason {reason}" : text)}.")
        {
            Host = _multiplexer.Host,
            Advice = "It may allow fewer sessions on one connection (MaxSessions in sshd_config), or none for this account. "
                + "Close what is not needed, or open another session.",
        };
        lock (_lock)
        {
            if (_opened.Task.IsCompleted)
                throw ChannelMessageReader.Violation("an open channel is refused");
            _fault = error;
            _hasSentClose = _hasReceivedClose = true;
        }

        _opened.TrySetException(error);
        Finish(error);
    }

    internal void OnData(ref ChannelMessageReader message, bool isError)
    {
        ThrowIfNotOpen();
        if (isError && message.ReadUInt32() is not 1 and var type)
            throw ChannelMessageReader.Violation($"extended data of the unknown type {type}");
        var data = message.ReadBytes();
        lock (_lock)
        {
            if (_hasReceivedEof || _hasReceivedClose)
                throw ChannelMessageReader.Violation("data after its end");
            if (data.Length > _settings.MaxPacket)
                throw ChannelMessageReader.Violation($"{data.Length} bytes in one message, {_settings.MaxPacket} are allowed");
            if (data.Length > _receiveWindow.Left)
                throw ChannelMessageReader.Violation($"{data.Length} bytes where the window has room for {_receiveWindow.Left}");
            _receiveWindow.Use(data.Length);
        }

        var isKept = (!isError || _settings.KeepsErrorOutput) && (isError ? ErrorOutput : Output).Add(data, _settings.GoesOnInline);
        if (!isKept)
            Consumed(data.Length);
    }

    internal void OnWindowAdjust(ref ChannelMessageReader message)
    {
        ThrowIfNotOpen();
        var more = message.ReadUInt32();
        lock (_lock)
        {
            // RFC 4254, section 5.2: a window never exceeds 2^32 - 1.
            if (_sendWindow + more > uint.MaxValue)
                throw ChannelMessageReader.Violation("a window of more than 4 GiB");
            _sendWindow += more;
        }

        _windowGrew.Set(_settings.GoesOnInline);
    }

    internal void OnEof()
    {
        ThrowIfNotOpen();
        lock (_lock)
            _hasReceivedEof = true;
        Output.Complete(null);
        ErrorOutput.Complete(null);
    }

    internal void OnClose()
    {
        ThrowIfNotOpen();
        lock (_lock)
        {
            if (_hasReceivedClose)
                throw ChannelMessageReader.Violation("a channel is closed twice");
            _hasReceivedClose = true;
            Close();
        }

        Finish(null);
    }

    internal void OnReply(bool isSuccess)
    {
        ThrowIfNotOpen();
        TaskCompletionSource<bool>? reply;
        lock (_lock)
        {
            if (!_replies.TryDequeue(out reply))
                throw ChannelMessageReader.Violation("an answer to a request that was not made");
        }

        reply.TrySetResult(isSuccess);
    }

    internal void OnRequest(ref ChannelMessageReader message)
    {
        ThrowIfNotOpen();
        var name = message.ReadText();
        var wantsReply = message.ReadBoolean();
        switch (name)
        {
            case "exit-status":
                _exitCode = unchecked((int)message.ReadUInt32());
                break;
            case "exit-signal":
                _exitSignal = TerminalText.Clean(message.ReadText());
                break;
        }

        // Servers ask for an answer to requests that mean nothing, as a sign of life (keepalive@openssh.com).
        lock (_lock)
        {
            if (wantsReply && !_hasSentClose)
                _multiplexer.Post(ChannelMessageWriter.To(ChannelMessageType.ChannelFailure, _remoteId));
        }
    }

    private void ThrowIfNotOpen()
    {
        if (!_isOpen)
            throw ChannelMessageReader.Violation("a message for a channel that is not open");
    }
}

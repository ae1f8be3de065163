package io.epona.broker.replication;

import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;

/**
 * Every Aeron channel between brokers. Sizes stand in every URI, so that no driver's defaults matter.
 * <p>
 * Subscriptions rejoin: a session whose image ended comes back as a new image, somewhere in the middle of the stream,
 * is found to have no hello, and is rejected, which tells the sender to begin anew. A subscription that does not
 * rejoin says nothing; and where a sender's setups arrived but the answers did not, for longer than an image lives
 * without data, it would never hear that publication again.
 */
final class LinkChannels
{
    private static final long LINGER_NS = 1_000_000_000L;

    private final LinkSettings settings;
    private final int firstTerm;

    /**
     * @param settings  of the broker.
     * @param firstTerm with which publications begin: the last one is {@link Integer#MAX_VALUE}.
     */
    LinkChannels(final LinkSettings settings, final int firstTerm)
    {
        this.settings = settings;
        this.firstTerm = firstTerm;
    }

    String subscription(final StreamKind kind)
    {
        return new ChannelUriStringBuilder()
            .media(CommonContext.UDP_MEDIA)
            .endpoint(endpoint(settings.host(), settings.port() + kind.portOffset()))
            .receiverWindowLength(kind.windowLength(settings.sizes()))
            .socketRcvbufLength(settings.sizes().socketBufferLength())
            .rejoin(true)
            .sparse(true)
            .build();
    }

    int stream(final StreamKind kind)
    {
        return kind.stream(settings.shard());
    }

    String publication(final StreamKind kind, final String host, final int port)
    {
        final int termLength = kind.termLength(settings.sizes());
        final ChannelUriStringBuilder builder = new ChannelUriStringBuilder()
            .media(CommonContext.UDP_MEDIA)
            .endpoint(endpoint(host, port + kind.portOffset()))
            .termLength(termLength)
            .mtu(kind.mtu(settings.sizes()))
            .socketSndbufLength(settings.sizes().socketBufferLength())
            .linger(LINGER_NS)
            .sparse(true);
        if (firstTerm > 0)
        {
            builder.initialPosition((long)firstTerm * termLength, 0, termLength);
        }

        return builder.build();
    }

    private static String endpoint(final String host, final int port)
    {
        return (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
    }
}

package io.epona.broker.replication;

import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;

/**
 * Every Aeron channel between brokers. Sizes stand in every URI, so that no driver's defaults matter.
 * <p>
 * A subscription never rejoins a stream: an image that ended comes back only as that of another publication, which
 * begins at its beginning, with a hello. With Aeron's default the same session would come back somewhere in the middle.
 */
final class LinkChannels
{
    private static final long LINGER_NS = 1_000_000_000L;

    private final LinkSettings settings;
    private final long initialPosition;

    /**
     * @param settings        of the broker.
     * @param initialPosition at which publications begin, a multiple of the term length's alignment.
     */
    LinkChannels(final LinkSettings settings, final long initialPosition)
    {
        this.settings = settings;
        this.initialPosition = initialPosition;
    }

    String subscription(final StreamKind kind)
    {
        return new ChannelUriStringBuilder()
            .media(CommonContext.UDP_MEDIA)
            .endpoint(endpoint(settings.host(), settings.port() + kind.portOffset()))
            .receiverWindowLength(kind.windowLength(settings.sizes()))
            .socketRcvbufLength(settings.sizes().socketBufferLength())
            .rejoin(false)
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
        if (initialPosition > 0)
        {
            builder.initialPosition(initialPosition, 0, termLength);
        }

        return builder.build();
    }

    private static String endpoint(final String host, final int port)
    {
        return (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
    }
}

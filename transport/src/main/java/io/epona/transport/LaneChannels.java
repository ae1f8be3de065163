package io.epona.transport;

import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;

import static io.epona.transport.LaneSizes.CONTROL_RESPONSE_TERM_LENGTH;
import static io.epona.transport.LaneSizes.SMALL_TERM_LENGTH;

/**
 * Every Aeron channel that a client or a broker uses for lanes. Term length and MTU stand in every URI, so that no
 * driver's defaults matter. Immutable; any thread.
 * <p>
 * A lane is set up with Aeron's response channels: the client adds the subscription for responses, then a publication
 * for requests that names the registration id of the subscription; the broker answers the image of the requests with a
 * publication that names the image's correlation id. Clients need no port of their own.
 */
public final class LaneChannels
{
    private static final long LINGER_NS = 1_000_000_000L;

    private final LaneSizes sizes;
    private final String host;
    private final int port;

    private LaneChannels(final LaneSizes sizes, final String host, final int port)
    {
        this.sizes = sizes;
        this.host = host;
        this.port = port;
    }

    /**
     * Channels in the shared memory of a media driver.
     *
     * @param sizes from {@link LaneSizes#ipc(int)}.
     * @return the channels.
     */
    public static LaneChannels ipc(final LaneSizes sizes)
    {
        return new LaneChannels(sizes, null, 0);
    }

    /**
     * Channels over UDP.
     *
     * @param sizes from {@link LaneSizes#udp(int, int, int)}.
     * @param host  of the broker: the address to bind for the broker itself, the address to reach for a client.
     * @param port  on which the broker hears requests; the ones above it carry responses and pushes.
     * @return the channels.
     */
    public static LaneChannels udp(final LaneSizes sizes, final String host, final int port)
    {
        if (port < 1 || port + Streams.CLIENT_PORT_COUNT > 0x10000)
        {
            throw new IllegalArgumentException("port must be from 1 to 65533: " + port);
        }
        return new LaneChannels(sizes, host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host, port);
    }

    /**
     * @return the sizes behind the channels.
     */
    public LaneSizes sizes()
    {
        return sizes;
    }

    /**
     * @return whether the channels use shared memory only.
     */
    public boolean isIpc()
    {
        return null == host;
    }

    /**
     * Broker: where requests of all lanes are heard; the stream tells the kind and the shard.
     *
     * @return the channel of the subscription.
     */
    public String requestSubscription()
    {
        return isIpc() ? CommonContext.IPC_CHANNEL : receiving().endpoint(host + ":" + port).build();
    }

    /**
     * Client: where requests are sent.
     *
     * @param kind                   of lane.
     * @param responseRegistrationId of the subscription that hears the responses.
     * @return the channel of the publication.
     */
    public String requestPublication(final LaneKind kind, final long responseRegistrationId)
    {
        final boolean isData = LaneKind.PRODUCE == kind;
        final ChannelUriStringBuilder builder = sending(
            isData ? sizes.dataTermLength() : SMALL_TERM_LENGTH, isData ? sizes.mtu() : sizes.smallMtu());
        if (!isIpc())
        {
            builder.endpoint(host + ":" + port);
        }
        return builder.responseCorrelationId(responseRegistrationId).build();
    }

    /**
     * Client: where responses are heard.
     *
     * @param kind of lane.
     * @return the channel of the subscription.
     */
    public String responseSubscription(final LaneKind kind)
    {
        if (isIpc())
        {
            return new ChannelUriStringBuilder().media(CommonContext.IPC_MEDIA)
                .controlMode(CommonContext.CONTROL_MODE_RESPONSE).build();
        }
        return receiving().controlMode(CommonContext.CONTROL_MODE_RESPONSE).controlEndpoint(control(kind)).build();
    }

    /**
     * Broker: where the responses of one lane are sent.
     *
     * @param kind               of lane.
     * @param requestCorrelation {@code correlationId()} of the image of the requests.
     * @return the channel of the publication.
     */
    public String responsePublication(final LaneKind kind, final long requestCorrelation)
    {
        return responding(kind).responseCorrelationId(requestCorrelation).build();
    }

    /**
     * Broker: a publication that sends nothing and keeps the port of responses bound, so that clients' first frames
     * are heard; one for each kind of port.
     *
     * @param kind of lane.
     * @return the channel of the publication, or null where none is needed.
     */
    public String responsePrototype(final LaneKind kind)
    {
        return isIpc() ? null :
            responding(kind).responseCorrelationId(CommonContext.PROTOTYPE_CORRELATION_ID).build();
    }

    private ChannelUriStringBuilder responding(final LaneKind kind)
    {
        final int termLength = switch (kind)
        {
            case CONTROL -> CONTROL_RESPONSE_TERM_LENGTH;
            case PRODUCE -> SMALL_TERM_LENGTH;
            case CONSUME -> sizes.dataTermLength();
        };
        final ChannelUriStringBuilder builder =
            sending(termLength, LaneKind.CONSUME == kind ? sizes.mtu() : sizes.smallMtu())
            .controlMode(CommonContext.CONTROL_MODE_RESPONSE);
        return isIpc() ? builder : builder.controlEndpoint(control(kind));
    }

    private ChannelUriStringBuilder sending(final int termLength, final int mtu)
    {
        final ChannelUriStringBuilder builder = new ChannelUriStringBuilder()
            .media(isIpc() ? CommonContext.IPC_MEDIA : CommonContext.UDP_MEDIA)
            .termLength(termLength)
            .mtu(mtu)
            .sparse(true)
            .linger(LINGER_NS);
        return isIpc() ? builder : builder.socketSndbufLength(sizes.socketBufferLength());
    }

    private ChannelUriStringBuilder receiving()
    {
        return new ChannelUriStringBuilder()
            .media(CommonContext.UDP_MEDIA)
            .receiverWindowLength(sizes.windowLength())
            .socketRcvbufLength(sizes.socketBufferLength())
            .sparse(true);
    }

    private String control(final LaneKind kind)
    {
        return host + ":" + (port + kind.responsePortOffset());
    }

    @Override
    public String toString()
    {
        return isIpc() ? "ipc" : host + ":" + port;
    }
}

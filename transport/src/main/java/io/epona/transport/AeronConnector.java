package io.epona.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.exceptions.AeronException;

/**
 * Lanes to a broker over Aeron, UDP or IPC. Any thread, as far as the Aeron client has its lock.
 */
public final class AeronConnector implements LaneConnector
{
    private static final int CONTROL_BATCH_LENGTH =
        LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH - LaneSizes.MESSAGE_HEADERS_LENGTH;

    private final AeronTransport transport;
    private final EponaUri.Endpoint endpoint;
    private final int mtu;
    private final long timeoutNs;

    /**
     * @param transport that carries the lanes.
     * @param endpoint  of the broker, null for IPC.
     * @param mtu       of data lanes over UDP, 0 for the right one for the endpoint.
     * @param timeoutNs for opening consume lanes.
     */
    public AeronConnector(
        final AeronTransport transport, final EponaUri.Endpoint endpoint, final int mtu, final long timeoutNs)
    {
        this.transport = transport;
        this.endpoint = endpoint;
        this.mtu = null == endpoint || 0 != mtu ? mtu : LaneSizes.mtuFor(endpoint.host());
        this.timeoutNs = timeoutNs;
    }

    @Override
    public Opening open(final LaneKind kind, final LaneSizes sizes, final int shard)
    {
        final Aeron aeron = transport.aeron();
        if (null == aeron || aeron.isClosed())
        {
            return new AeronOpening("the media driver in " + transport.directoryName() + " is not running");
        }
        try
        {
            return new AeronOpening(
                aeron, transport.rejections(), channels(null == sizes ? sizes(CONTROL_BATCH_LENGTH) : sizes), kind,
                shard);
        }
        catch (final AeronException | IllegalArgumentException | IllegalStateException ex)
        {
            return new AeronOpening(ex.getMessage());
        }
    }

    @Override
    public LaneSizes sizes(final int maxBatchLength)
    {
        final int maxMessageLength = maxBatchLength + LaneSizes.MESSAGE_HEADERS_LENGTH;
        return null == endpoint ? LaneSizes.ipc(maxMessageLength) :
            LaneSizes.udp(maxMessageLength, mtu, transport.maxSocketBufferLength());
    }

    @Override
    public PushSource pushSource(final SessionInfo session, final int shard)
    {
        return new LanePushSource(session, shard, timeoutNs);
    }

    @Override
    public String description()
    {
        return null == endpoint ? "ipc in " + transport.directoryName() : endpoint.toString();
    }

    @Override
    public void close()
    {
        // the transport is its owner's
    }

    private LaneChannels channels(final LaneSizes sizes)
    {
        return null == endpoint ? LaneChannels.ipc(sizes) :
            LaneChannels.udp(sizes, endpoint.host(), endpoint.port());
    }

    /** Subscription, then the publication that names it, then a connected publication. */
    private static final class AeronOpening implements Opening
    {
        private static final long NONE = Aeron.NULL_VALUE;

        private final Aeron aeron;
        private final LaneRejections rejections;
        private final LaneChannels channels;
        private final LaneKind kind;
        private final int shard;
        private long subscriptionId = NONE;
        private long publicationId = NONE;
        private Subscription subscription;
        private ExclusivePublication publication;
        private boolean isTaken;
        private String problem;

        private AeronOpening(final String problem)
        {
            this.problem = problem;
            this.aeron = null;
            this.rejections = null;
            this.channels = null;
            this.kind = null;
            this.shard = 0;
        }

        private AeronOpening(
            final Aeron aeron,
            final LaneRejections rejections,
            final LaneChannels channels,
            final LaneKind kind,
            final int shard)
        {
            this.aeron = aeron;
            this.rejections = rejections;
            this.channels = channels;
            this.kind = kind;
            this.shard = shard;
            subscriptionId = aeron.asyncAddSubscription(
                channels.responseSubscription(kind), kind.responseStream(shard));
        }

        @Override
        public Lane poll()
        {
            if (null != problem || isTaken)
            {
                return null;
            }
            try
            {
                if (advance())
                {
                    isTaken = true;
                    return new AeronLane(
                        publication, subscription, channels.sizes().maxMessageLength(kind), rejections);
                }
            }
            catch (final AeronException | IllegalArgumentException | IllegalStateException ex)
            {
                problem = ex.getMessage();
            }
            return null;
        }

        private boolean advance()
        {
            if (null == subscription)
            {
                subscription = aeron.getSubscription(subscriptionId);
                if (null == subscription)
                {
                    return false;
                }
                publicationId = aeron.asyncAddExclusivePublication(
                    channels.requestPublication(kind, subscription.registrationId()), kind.requestStream(shard));
            }
            if (null == publication)
            {
                publication = aeron.getExclusivePublication(publicationId);
                if (null == publication)
                {
                    return false;
                }
            }
            return publication.isConnected();
        }

        @Override
        public String problem()
        {
            return problem;
        }

        @Override
        public void close()
        {
            if (isTaken || null == aeron || aeron.isClosed())
            {
                return;
            }
            isTaken = true;
            if (null != publication)
            {
                publication.close();
            }
            else if (NONE != publicationId)
            {
                aeron.asyncRemovePublication(publicationId);
            }
            if (null != subscription)
            {
                subscription.close();
            }
            else if (NONE != subscriptionId)
            {
                aeron.asyncRemoveSubscription(subscriptionId);
            }
        }
    }
}

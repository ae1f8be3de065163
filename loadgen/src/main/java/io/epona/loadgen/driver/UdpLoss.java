package io.epona.loadgen.driver;

import io.aeron.driver.DataPacketDispatcher;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ReceiveChannelEndpointSupplier;
import io.aeron.driver.ext.DebugReceiveChannelEndpoint;
import io.aeron.driver.ext.LossGenerator;
import io.aeron.driver.media.ReceiveChannelEndpoint;
import io.aeron.driver.media.UdpChannel;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;

import java.net.InetSocketAddress;
import java.util.SplittableRandom;

/**
 * Loses frames that the media driver of this process receives, and some that it answers with, by a seeded draw for
 * each. Named to Aeron by the system property {@value #PROPERTY}, so the share is the process's: there is one driver
 * in it.
 * <p>
 * Frames are drawn on the driver's receiver thread; {@link #begin} may be called by any.
 */
public final class UdpLoss implements ReceiveChannelEndpointSupplier
{
    static final String PROPERTY = "aeron.ReceiveChannelEndpoint.supplier";

    private static volatile Draw draw = new Draw(0, 0);

    /** Made by Aeron. */
    public UdpLoss()
    {
        // Aeron makes it by its name.
    }

    /**
     * @param share of the frames to lose from now on, 0 to 1.
     * @param seed  of the draw.
     */
    static void begin(final double share, final long seed)
    {
        draw = new Draw(share, seed);
    }

    @Override
    public ReceiveChannelEndpoint newInstance(
        final UdpChannel udpChannel,
        final DataPacketDispatcher dispatcher,
        final AtomicCounter statusIndicator,
        final MediaDriver.Context context)
    {
        final LossGenerator generator = UdpLoss::isLost;
        return new DebugReceiveChannelEndpoint(
            udpChannel, dispatcher, statusIndicator, context, generator, generator);
    }

    private static boolean isLost(final InetSocketAddress address, final UnsafeBuffer buffer, final int length)
    {
        return draw.isHit();
    }

    /** A share of frames. Drawn from by one thread. */
    private static final class Draw
    {
        private final double share;
        private final SplittableRandom random;

        private Draw(final double share, final long seed)
        {
            this.share = share;
            random = new SplittableRandom(seed);
        }

        private boolean isHit()
        {
            return share > 0 && random.nextDouble() < share;
        }
    }
}

package io.epona.simulator;

import io.epona.codecs.ResultCode;
import io.epona.engine.replica.Links;
import org.agrona.DirectBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The transport of one life of a broker: its publications to others, made with the first offer and again when one was
 * lost or has come to its end, and the images that it has of theirs.
 * <p>
 * Owned by the thread of its world.
 */
public final class SimLinks implements Links
{
    private final SimNetwork network;
    private final int brokerId;
    private final Runnable onNews;
    /** By broker and stream. */
    private final TreeMap<Integer, SimChannel> publications = new TreeMap<>();
    private final List<SimChannel> images = new ArrayList<>();
    /** Brokers whose image came: the id; went: its complement. */
    private final ArrayDeque<Integer> imageEvents = new ArrayDeque<>();
    private int next;
    private boolean isAlive = true;
    private boolean isMuted;

    SimLinks(final SimNetwork network, final int brokerId, final Runnable onNews)
    {
        this.network = network;
        this.brokerId = brokerId;
        this.onNews = onNews;
    }

    int brokerId()
    {
        return brokerId;
    }

    @Override
    public long offerData(
        final int to,
        final DirectBuffer head,
        final int headIndex,
        final int headLength,
        final DirectBuffer body,
        final int bodyIndex,
        final int bodyLength)
    {
        return offer(to, SimChannel.DATA, head, headIndex, headLength, body, bodyIndex, bodyLength);
    }

    @Override
    public long offerControl(final int to, final DirectBuffer buffer, final int index, final int length)
    {
        return offer(to, SimChannel.CONTROL, buffer, index, length, buffer, 0, 0);
    }

    private long offer(
        final int to,
        final int stream,
        final DirectBuffer head,
        final int headIndex,
        final int headLength,
        final DirectBuffer body,
        final int bodyIndex,
        final int bodyLength)
    {
        if (!isAlive)
        {
            throw new ProcessKilled();
        }
        if (isMuted)
        {
            return 1;
        }
        final int key = to << 1 | stream;
        SimChannel publication = publications.get(key);
        if (null == publication)
        {
            publication = network.open(brokerId, to, stream);
            publications.put(key, publication);
        }
        final long result = publication.offer(head, headIndex, headLength, body, bodyIndex, bodyLength);
        final boolean isLost = ResultCode.NOT_CONNECTED.code() == result && publication.wasConnected();
        if (isLost)
        {
            // As a broker does: another one is made. What of this one is on its way may arrive beside the next.
            publication.close();
            network.counters().lostPublications++;
        }
        if (isLost || ResultCode.CLOSED.code() == result || ResultCode.MAX_POSITION_EXCEEDED.code() == result)
        {
            publications.remove(key);
            network.forget(publication);
        }

        return result;
    }

    /**
     * Hand over what came: images that appeared or ended, then messages, a few of each image in turn.
     *
     * @param receiver of it.
     * @param limit    messages of each image.
     * @return things handed over.
     */
    public int poll(final SimNetwork.Receiver receiver, final int limit)
    {
        int work = 0;
        Integer event;
        while (isAlive && null != (event = imageEvents.poll()))
        {
            work++;
            if (event >= 0)
            {
                receiver.onImage(event);
            }
            else
            {
                receiver.onImageGone(~event);
            }
        }
        final int count = images.size();
        next = 0 == count ? 0 : (next + 1) % count;
        for (int i = 0; isAlive && i < images.size(); i++)
        {
            work += images.get((next + i) % images.size()).poll(receiver, limit);
        }

        return work;
    }

    /**
     * The Aeron client was closed by its driver, as happens to one that stood still: every publication and image is
     * gone, and made again.
     */
    public void rebuild()
    {
        publications.values().forEach(SimChannel::close);
        for (final SimChannel image : List.copyOf(images))
        {
            image.onReceiverGone(this);
            onImageGone(image.from());
        }
    }

    /** The process is about to go: what it offers looks accepted, and is not. */
    void mute()
    {
        isMuted = true;
    }

    /** The process is gone. */
    void kill()
    {
        if (isAlive)
        {
            isAlive = false;
            images.clear();
            imageEvents.clear();
            network.detach(this);
        }
    }

    void wake()
    {
        if (isAlive)
        {
            onNews.run();
        }
    }

    void onImage(final SimChannel image)
    {
        images.add(image);
        imageEvents.add(image.from());
        wake();
    }

    void remove(final SimChannel image)
    {
        images.remove(image);
    }

    /** An image ended; what of it was not consumed is lost. */
    void onImageGone(final int from)
    {
        if (isAlive)
        {
            boolean isLast = true;
            for (final SimChannel image : images)
            {
                isLast &= image.from() != from;
            }
            if (isLast)
            {
                imageEvents.add(~from);
                wake();
            }
        }
    }
}

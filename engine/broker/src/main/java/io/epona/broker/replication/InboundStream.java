package io.epona.broker.replication;

import io.aeron.Aeron;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.exceptions.RegistrationException;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.LangUtil;

import java.util.ArrayList;
import java.util.List;

/**
 * One of the streams on which a broker hears the others: the subscription and its images. Owned by the shard's thread.
 */
final class InboundStream
{
    /** At most; each other broker has one, and a second one for a moment. */
    static final int MAX_IMAGES = 256;

    private final List<InboundImage> images = new ArrayList<>();
    private final List<Image> surplus = new ArrayList<>();
    private final StreamKind kind;
    private final Hello hello;
    private final LinkCounters counters;
    private final ErrorHandler errorHandler;
    private final Senders senders;
    private final int maxLength;
    private Subscription subscription;
    private boolean isSwept = true;
    private int next;

    /**
     * @param kind         of stream.
     * @param maxLength    of a message.
     * @param hello        that is expected.
     * @param counters     of the links.
     * @param errorHandler told of what is refused.
     * @param senders      of both streams.
     */
    InboundStream(
        final StreamKind kind,
        final int maxLength,
        final Hello hello,
        final LinkCounters counters,
        final ErrorHandler errorHandler,
        final Senders senders)
    {
        this.kind = kind;
        this.maxLength = maxLength;
        this.hello = hello;
        this.counters = counters;
        this.errorHandler = errorHandler;
        this.senders = senders;
    }

    /** Blocks: before the agent runs. */
    void listen(final Aeron aeron, final LinkChannels channels)
    {
        subscription = aeron.addSubscription(
            channels.subscription(kind), channels.stream(kind), this::onAvailable, this::onUnavailable);
    }

    // Both are called inside the client's conductor: only noted there, Aeron refuses to be called.

    private void onAvailable(final Image image)
    {
        if (images.size() >= MAX_IMAGES)
        {
            surplus.add(image);
        }
        else
        {
            images.add(new InboundImage(image, hello, counters, senders, kind, maxLength));
        }
    }

    private void onUnavailable(final Image image)
    {
        for (int i = 0; i < images.size(); i++)
        {
            if (images.get(i).isOf(image))
            {
                images.get(i).onUnavailable();
                isSwept = false;
            }
        }
    }

    int poll(final LinkListener listener, final int limit)
    {
        int work = 0;
        if (!isSwept)
        {
            isSwept = true;
            work += sweep(listener);
        }

        final int count = images.size();
        next = next + 1 < count ? next + 1 : 0;
        for (int i = 0; i < count; i++)
        {
            final InboundImage image = images.get(next + i < count ? next + i : next + i - count);
            work += image.poll(listener, limit);
            final Throwable thrown = image.takeThrown();
            if (null != thrown)
            {
                LangUtil.rethrowUnchecked(thrown);
            }
        }

        return work;
    }

    private int sweep(final LinkListener listener)
    {
        int work = 0;
        for (int i = images.size() - 1; i >= 0; i--)
        {
            final InboundImage image = images.get(i);
            if (image.isGone())
            {
                images.remove(i);
                work++;
                if (image.isAccepted() && senders.onGone(image.senderId()))
                {
                    listener.onImageGone(image.senderId());
                }
            }
        }

        return work;
    }

    /**
     * Turn away who did not greet properly.
     *
     * @return work count.
     */
    int doWork()
    {
        int work = 0;
        for (int i = 0; i < images.size(); i++)
        {
            final InboundImage image = images.get(i);
            final Refusal refusal = image.isGone() ? null : image.refusal();
            if (null != refusal)
            {
                work++;
                isSwept = false;
                onRefused(refusal);
                reject(image::reject);
            }
        }
        while (!surplus.isEmpty())
        {
            work++;
            onRefused(Refusal.TOO_MANY);
            final Image image = surplus.remove(surplus.size() - 1);
            if (!image.isClosed())
            {
                reject(() -> image.reject(Refusal.TOO_MANY.text()));
            }
        }

        return work;
    }

    private void reject(final Runnable command)
    {
        try
        {
            command.run();
        }
        catch (final RegistrationException ex)
        {
            // The driver took the image away meanwhile.
            isSwept = false;
        }
    }

    private void onRefused(final Refusal refusal)
    {
        if (Refusal.JOINED_LATE == refusal)
        {
            counters.imagesJoinedLate.incrementRelease();
        }
        else
        {
            counters.imagesRefused.incrementRelease();
            errorHandler.onError(new LinkRefusedException(refusal));
        }
    }

    void close()
    {
        CloseHelper.close(errorHandler, subscription);
    }
}

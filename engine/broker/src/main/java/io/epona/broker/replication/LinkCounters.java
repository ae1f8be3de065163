package io.epona.broker.replication;

import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;

/**
 * Counters of the streams between brokers. Written by the thread of the shard alone, with release stores; read by any.
 */
public final class LinkCounters
{
    /** How many counters there are. */
    public static final int COUNT = 16;

    final AtomicCounter connected;
    final AtomicCounter connections;
    final AtomicCounter connectionsLost;
    final AtomicCounter connectFailures;
    final AtomicCounter dataMessagesOut;
    final AtomicCounter dataBytesOut;
    final AtomicCounter dataBackPressure;
    final AtomicCounter controlMessagesOut;
    final AtomicCounter controlBackPressure;
    final AtomicCounter images;
    final AtomicCounter imagesRefused;
    final AtomicCounter imagesJoinedLate;
    final AtomicCounter dataMessagesIn;
    final AtomicCounter dataBytesIn;
    final AtomicCounter controlMessagesIn;
    final AtomicCounter messagesCut;

    /**
     * @param manager to allocate them from: {@link #COUNT}.
     * @param prefix  of their labels.
     */
    public LinkCounters(final CountersManager manager, final String prefix)
    {
        connected = manager.newCounter(prefix + "streams to brokers connected");
        connections = manager.newCounter(prefix + "streams to brokers made");
        connectionsLost = manager.newCounter(prefix + "streams to brokers lost");
        connectFailures = manager.newCounter(prefix + "streams to brokers that could not be made");
        dataMessagesOut = manager.newCounter(prefix + "data messages to brokers");
        dataBytesOut = manager.newCounter(prefix + "data bytes to brokers");
        dataBackPressure = manager.newCounter(prefix + "back-pressure of data to brokers");
        controlMessagesOut = manager.newCounter(prefix + "control messages to brokers");
        controlBackPressure = manager.newCounter(prefix + "back-pressure of control to brokers");
        images = manager.newCounter(prefix + "images of brokers");
        imagesRefused = manager.newCounter(prefix + "images of brokers refused");
        imagesJoinedLate = manager.newCounter(prefix + "images of brokers that were heard from their middle on");
        dataMessagesIn = manager.newCounter(prefix + "data messages of brokers");
        dataBytesIn = manager.newCounter(prefix + "data bytes of brokers");
        controlMessagesIn = manager.newCounter(prefix + "control messages of brokers");
        messagesCut = manager.newCounter(prefix + "messages of brokers cut off by the end of an image");
    }
}

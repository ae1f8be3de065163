package io.epona.client;

/**
 * Numbers of a producer since it was made, over all its lanes, as {@link Producer#counters()} read them. All rise only.
 *
 * @param lanesLost      lanes that were open and are gone; what was un-acked on them goes again.
 * @param malformed      messages that made no sense; they were dropped. Anything but 0 is a fault of the broker, or a
 *                       broker of another version.
 * @param strayAcks      acks for sendings that are not awaited any more: most often a broker is slower than the
 *                       request timeout, or leads no more.
 * @param backPressured  records that were refused with BACK_PRESSURED: the broker takes less than is sent.
 * @param metadataAsked  times that topics were looked up again: leaders may have changed.
 */
public record ProducerCounters(
    long lanesLost, long malformed, long strayAcks, long backPressured, long metadataAsked)
{
}

package io.epona.simulator;

/**
 * How a network and the transport on it behave. Times in simulated ns, lengths in bytes.
 *
 * @param delayNs           mean of the way of a packet.
 * @param clogChance        of a message to be held up, and all behind it.
 * @param clogNs            mean of the time that it is.
 * @param setupNs           mean of the time in which an image is made.
 * @param imageLivenessNs   without a packet, after which an image ends.
 * @param connectionNs      without a sign of a receiver, after which a publication counts as not connected.
 * @param publicationWindow bytes that may be offered beyond what was sent.
 * @param receiverWindow    bytes that may be sent beyond what was consumed.
 * @param dataTermLength    of the data stream; a message is an eighth of it at most.
 * @param controlTermLength of the control stream; a message is an eighth of it at most.
 * @param maxPosition       of a stream, at which it ends and another has to be made.
 */
public record NetSettings(
    long delayNs,
    double clogChance,
    long clogNs,
    long setupNs,
    long imageLivenessNs,
    long connectionNs,
    int publicationWindow,
    int receiverWindow,
    int dataTermLength,
    int controlTermLength,
    long maxPosition)
{
    /**
     * A healthy local network.
     *
     * @return the settings.
     */
    public static NetSettings healthy()
    {
        return new NetSettings(
            150_000, 0, 0, 30 * World.MS, 3 * World.SECOND, 2 * World.SECOND, 256 * 1024, 128 * 1024,
            2 * 1024 * 1024, 512 * 1024, Long.MAX_VALUE);
    }

    /**
     * A network with its own habits, drawn from a seed.
     *
     * @param site of the dice.
     * @return the settings.
     */
    public static NetSettings drawn(final Site site)
    {
        return new NetSettings(
            50_000L << site.nextInt(6),
            site.chance(0.5) ? 0 : site.nextDouble() * 0.02,
            site.between(5, 300) * World.MS,
            site.between(5, 150) * World.MS,
            site.between(1_000, 3_000) * World.MS,
            site.between(500, 3_000) * World.MS,
            16 * 1024 << site.nextInt(5),
            16 * 1024 << site.nextInt(4),
            2 * 1024 * 1024,
            512 * 1024,
            site.chance(0.2) ? 256L * 1024 << site.nextInt(5) : Long.MAX_VALUE);
    }
}

our-end-revoked = Du hast deine Identität widerrufen. Deine Kontakte senden nichts mehr hierher; lege eine neue Identität an und sage es ihnen auf anderem Weg.
our-end-succeeded = Deine Identität hat ihre Nachfolgerin benannt und gilt nicht mehr. Deine Kontakte werden gefragt, ob sie ihr folgen. Ihr Schlüssel: { $key }
refused-no-end = Dieses Dokument beendet keine Identität und benennt keine Nachfolgerin.
claim-ended = Deine Identität ist beendet: Sie unterschreibt keine Erklärung mehr.

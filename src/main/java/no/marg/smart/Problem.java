package no.marg.smart;

import org.springframework.http.HttpStatus;

/** Why the app can not be opened, in the words a clinician reads. */
enum Problem {
  /** The launch has no {@code iss} or {@code launch}, or they are damaged. */
  NO_LAUNCH(
      HttpStatus.BAD_REQUEST,
      "Appen åpnes fra journalen",
      "Adressen mangler det journalen sender med. Åpne appen fra pasientens journal.",
      "The app is opened from the record",
      "The address lacks what the record sends with it. Open the app from the patient's chart."),
  /** The record is not among those configured. */
  UNKNOWN_RECORD(
      HttpStatus.FORBIDDEN,
      "Journalen er ikke kjent her",
      "Tjenesten er ikke satt opp for denne journalen. Kontakt dem som drifter tjenesten.",
      "The record is not known here",
      "The service is not set up for this record. Contact those who run the service."),
  /** The record's server does not answer, or not in time. */
  UNREACHABLE(
      HttpStatus.BAD_GATEWAY,
      "Journalen svarer ikke",
      "Prøv igjen om litt. Ingen opplysninger om pasienten er hentet.",
      "The record does not answer",
      "Try again in a while. No information about the patient was fetched."),
  /** The service's own database does not answer. */
  AWAY(
      HttpStatus.SERVICE_UNAVAILABLE,
      "Tjenesten kan ikke svare nå",
      "Prøv igjen om litt. Ingen opplysninger om pasienten er hentet.",
      "The service can not answer now",
      "Try again in a while. No information about the patient was fetched."),
  /** The record's server does not describe what a launch needs. */
  UNSUITABLE(
      HttpStatus.BAD_GATEWAY,
      "Journalen er ikke satt opp for apper",
      "Journalens beskrivelse av innloggingen mangler noe. Kontakt dem som drifter tjenesten.",
      "The record is not set up for apps",
      "The record's description of how to sign in lacks something. Contact those who run the"
          + " service."),
  /** The user, or the record for the user, said no. */
  DENIED(
      HttpStatus.FORBIDDEN,
      "Tilgang ble ikke gitt",
      "Journalen ga ikke appen tilgang. Ingen opplysninger om pasienten er hentet.",
      "Access was not given",
      "The record did not give the app access. No information about the patient was fetched."),
  /** The authorization ended with an error. */
  AUTHORIZATION(
      HttpStatus.BAD_GATEWAY,
      "Innloggingen mislyktes",
      "Journalen avviste innloggingen. Åpne appen fra journalen på nytt, eller kontakt dem som"
          + " drifter tjenesten.",
      "Signing in failed",
      "The record refused to sign in. Open the app from the record again, or contact those who"
          + " run the service."),
  /** The way back does not belong to a launch of this browser. */
  STRAY(
      HttpStatus.BAD_REQUEST,
      "Innloggingen hører ikke til her",
      "Den er brukt før, er for gammel, eller ble startet i en annen nettleser. Åpne appen fra"
          + " journalen på nytt.",
      "This sign-in does not belong here",
      "It has been used before, is too old, or was begun in another browser. Open the app from"
          + " the record again."),
  /** The record told no patient. */
  NO_PATIENT(
      HttpStatus.BAD_REQUEST,
      "Ingen pasient er valgt",
      "Åpne pasienten i journalen, og åpne appen derfra.",
      "No patient is chosen",
      "Open the patient in the record, and open the app from there."),
  /** The address of the demo names no patient. */
  NO_DEMO_PATIENT(
      HttpStatus.BAD_REQUEST,
      "Ingen pasient er valgt",
      "Adressen mangler patient, id-en til en demopasient: /smart/demo?patient=new-myeloma-58",
      "No patient is chosen",
      "The address lacks patient, the id of a demo patient: /smart/demo?patient=new-myeloma-58"),
  /** The demo's record has no such patient. */
  UNKNOWN_DEMO_PATIENT(
      HttpStatus.NOT_FOUND,
      "Fant ikke pasienten",
      "Demojournalen har ingen pasient med denne id-en. Velg en pasient på startsiden.",
      "The patient was not found",
      "The demo record has no patient with this id. Choose a patient on the start page."),
  /** The record's word on who the user is can not be trusted. */
  IDENTITY(
      HttpStatus.FORBIDDEN,
      "Brukeren kunne ikke bekreftes",
      "Journalens opplysning om hvem du er, kunne ikke kontrolleres. Åpne appen på nytt, eller"
          + " kontakt dem som drifter tjenesten.",
      "The user could not be confirmed",
      "What the record says about who you are could not be verified. Open the app again, or"
          + " contact those who run the service."),
  /** The launch has ended. */
  ENDED(
      HttpStatus.UNAUTHORIZED,
      "Økten er avsluttet",
      "Åpne appen fra pasientens journal på nytt.",
      "The session has ended",
      "Open the app from the patient's chart again.");

  private final HttpStatus status;
  private final String titleNb;
  private final String textNb;
  private final String titleEn;
  private final String textEn;

  Problem(HttpStatus status, String titleNb, String textNb, String titleEn, String textEn) {
    this.status = status;
    this.titleNb = titleNb;
    this.textNb = textNb;
    this.titleEn = titleEn;
    this.textEn = textEn;
  }

  HttpStatus status() {
    return status;
  }

  String title(boolean english) {
    return english ? titleEn : titleNb;
  }

  String text(boolean english) {
    return english ? textEn : textNb;
  }
}

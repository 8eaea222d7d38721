<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
    <name>DuOncoUnity</name>
    <message>
        <source>An independent open implementation of the idea of whole-body follow-up beside RECIST.</source>
        <translation>Une réalisation libre et indépendante de l'idée d'un suivi du corps entier à côté de RECIST.</translation>
    </message>
    <message>
        <source>DuOnco Unity</source>
        <translation>DuOnco Unity</translation>
    </message>
    <message>
        <source>Measures the whole tumour burden, lymph nodes, muscle and fat on CT of thorax, abdomen and pelvis. Research use only. Not a medical device.</source>
        <translation>Mesure toute la charge tumorale, les ganglions, les muscles et la graisse sur le scanner thoraco-abdomino-pelvien. Réservé à la recherche. N'est pas un dispositif médical.</translation>
    </message>
    <message>
        <source>Research use only. Not a medical device.</source>
        <translation>Réservé à la recherche. N'est pas un dispositif médical.</translation>
    </message>
    <message>
        <source>Slicer's Python was not found; reinstall Slicer.</source>
        <translation>Le Python de Slicer est introuvable ; réinstallez Slicer.</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityAnalyse</name>
    <message>
        <source>2. Analyse</source>
        <translation>2. Analyser</translation>
    </message>
    <message>
        <source>Analyse</source>
        <translation>Analyser</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Compute on:</source>
        <translation>Calculer sur :</translation>
    </message>
    <message>
        <source>Find and measure lesions, lymph nodes, muscle and fat on all ticked scans.</source>
        <translation>Trouver et mesurer les lésions, les ganglions, les muscles et la graisse sur tous les examens cochés.</translation>
    </message>
    <message>
        <source>Folder of the model. The one that comes with the extension is set already.</source>
        <translation>Dossier du modèle. Celui qui est fourni avec l'extension est déjà choisi.</translation>
    </message>
    <message>
        <source>Model:</source>
        <translation>Modèle :</translation>
    </message>
    <message>
        <source>No scan is ticked. Tick those to be analysed in step 1.</source>
        <translation>Aucun examen n'est coché. Cochez à l'étape 1 ceux à analyser.</translation>
    </message>
    <message>
        <source>Stop the analysis; scans that are done keep their results.</source>
        <translation>Arrêter l'analyse ; les examens terminés gardent leurs résultats.</translation>
    </message>
    <message>
        <source>Where to compute. A graphics card takes seconds, a processor a minute.</source>
        <translation>Où calculer. Une carte graphique prend quelques secondes, un processeur une minute.</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityBurden</name>
    <message>
        <source>4. Burden</source>
        <translation>4. Charge tumorale</translation>
    </message>
    <message>
        <source>Click a row to go to the largest lesion of that organ.</source>
        <translation>Cliquez sur une ligne pour aller à la plus grande lésion de cet organe.</translation>
    </message>
    <message>
        <source>Click a row to go to the slice where the areas were measured.</source>
        <translation>Cliquez sur une ligne pour aller à la coupe où les surfaces ont été mesurées.</translation>
    </message>
    <message>
        <source>Figure</source>
        <translation>Donnée</translation>
    </message>
    <message>
        <source>Long (mm)</source>
        <translation>Grand axe (mm)</translation>
    </message>
    <message>
        <source>Muscle and fat</source>
        <translation>Muscle et graisse</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>Nb.</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Lieu</translation>
    </message>
    <message>
        <source>Show as chart</source>
        <translation>Montrer le graphique</translation>
    </message>
    <message>
        <source>Show the volume by organ as a bar chart.</source>
        <translation>Montrer le volume par organe dans un graphique en barres.</translation>
    </message>
    <message>
        <source>To review</source>
        <translation>À relire</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valeur</translation>
    </message>
    <message>
        <source>Vol. (ml)</source>
        <translation>Vol. (ml)</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityCompare</name>
    <message>
        <source>5. Compare</source>
        <translation>5. Comparer</translation>
    </message>
    <message>
        <source>Another result than that of the rules.</source>
        <translation>Un autre résultat que celui des règles.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Évolution</translation>
    </message>
    <message>
        <source>Click a result to see why.</source>
        <translation>Cliquez sur un résultat pour voir pourquoi.</translation>
    </message>
    <message>
        <source>Click a row to go to the lesion.</source>
        <translation>Cliquez sur une ligne pour aller à la lésion.</translation>
    </message>
    <message>
        <source>Compare with:</source>
        <translation>Comparer avec :</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>Confirmer</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Avant</translation>
    </message>
    <message>
        <source>Earlier scan</source>
        <translation>Examen antérieur</translation>
    </message>
    <message>
        <source>Follow lesions</source>
        <translation>Suivre les lésions</translation>
    </message>
    <message>
        <source>Give the lesion this role.</source>
        <translation>Donner ce rôle à la lésion.</translation>
    </message>
    <message>
        <source>How sure it is that this is the same lesion; who confirmed it.</source>
        <translation>Degré de certitude que c'est la même lésion ; qui l'a confirmé.</translation>
    </message>
    <message>
        <source>Is the same as:</source>
        <translation>Est la même que :</translation>
    </message>
    <message>
        <source>It is another lesion; this one is followed on its own.</source>
        <translation>C'est une autre lésion ; celle-ci est suivie à part.</translation>
    </message>
    <message>
        <source>It is the same lesion on both scans.</source>
        <translation>C'est la même lésion sur les deux examens.</translation>
    </message>
    <message>
        <source>Kept with your decision.</source>
        <translation>Conservé avec votre décision.</translation>
    </message>
    <message>
        <source>Lay the scans over each other and follow every lesion from scan to scan.</source>
        <translation>Recaler les examens et suivre chaque lésion d'un examen à l'autre.</translation>
    </message>
    <message>
        <source>Lesion</source>
        <translation>Lésion</translation>
    </message>
    <message>
        <source>Lesions of the current scan.</source>
        <translation>Lésions de l'examen actuel.</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Lien</translation>
    </message>
    <message>
        <source>Not the same</source>
        <translation>Pas la même</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Maintenant</translation>
    </message>
    <message>
        <source>Of the size that RECIST counts; of the volume where it counts none.</source>
        <translation>De la taille retenue par RECIST ; du volume s'il n'en retient pas.</translation>
    </message>
    <message>
        <source>Part in RECIST; the rules propose it, you decide below.</source>
        <translation>Rôle dans RECIST ; les règles le proposent, vous décidez plus bas.</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Motif</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>Réponse</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rôle</translation>
    </message>
    <message>
        <source>Set result</source>
        <translation>Définir le résultat</translation>
    </message>
    <message>
        <source>Set role</source>
        <translation>Définir le rôle</translation>
    </message>
    <message>
        <source>Set the chosen result instead of that of the rules.</source>
        <translation>Retenir le résultat choisi à la place de celui des règles.</translation>
    </message>
    <message>
        <source>Show sum of diameters, volume and number of lesions over time.</source>
        <translation>Montrer la somme des diamètres, le volume et le nombre de lésions au cours du temps.</translation>
    </message>
    <message>
        <source>Show the earlier scan beside the current one, at the same place.</source>
        <translation>Montrer l'examen antérieur à côté de l'actuel, au même endroit.</translation>
    </message>
    <message>
        <source>Show the earlier scan in place of the current one, at the same position.</source>
        <translation>Montrer l'examen antérieur à la place de l'actuel, à la même position.</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>Côte à côte</translation>
    </message>
    <message>
        <source>Site</source>
        <translation>Siège</translation>
    </message>
    <message>
        <source>Stop laying the scans over each other.</source>
        <translation>Arrêter le recalage des examens.</translation>
    </message>
    <message>
        <source>The earlier scan that is shown beside the current one.</source>
        <translation>L'examen antérieur montré à côté de l'actuel.</translation>
    </message>
    <message>
        <source>The part that the lesion plays in RECIST; the rules propose it, you decide.</source>
        <translation>Le rôle de la lésion dans RECIST ; les règles le proposent, vous décidez.</translation>
    </message>
    <message>
        <source>This lesion is the chosen one of the current scan.</source>
        <translation>Cette lésion est celle choisie sur l'examen actuel.</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>Chronologie</translation>
    </message>
    <message>
        <source>What to look at</source>
        <translation>Points d'attention</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityCorrect</name>
    <message>
        <source>A part was taken for the whole: outline the next larger lesion at the same clicks.</source>
        <translation>Seule une partie a été contourée : contourer plus grand, avec les mêmes clics.</translation>
    </message>
    <message>
        <source>By diameter</source>
        <translation>Par diamètre</translation>
    </message>
    <message>
        <source>Click on a lesion in a slice view: it is outlined, or outlined again. Further clicks refine it. Esc ends.</source>
        <translation>Cliquez sur une lésion dans une vue de coupe : elle est contourée, ou contourée à nouveau. D'autres clics l'affinent. Échap termine.</translation>
    </message>
    <message>
        <source>Click on both ends of the longest diameter of a lesion: it is outlined between them. Best for large and uneven lesions. Esc ends.</source>
        <translation>Cliquez sur les deux extrémités du plus grand diamètre d'une lésion : elle est contourée entre les deux. À préférer pour les lésions grandes ou hétérogènes. Échap termine.</translation>
    </message>
    <message>
        <source>Correct a lesion</source>
        <translation>Corriger une lésion</translation>
    </message>
    <message>
        <source>Does not belong</source>
        <translation>N'en fait pas partie</translation>
    </message>
    <message>
        <source>Larger</source>
        <translation>Plus grand</translation>
    </message>
    <message>
        <source>Layer:</source>
        <translation>Couche :</translation>
    </message>
    <message>
        <source>Next lesion</source>
        <translation>Lésion suivante</translation>
    </message>
    <message>
        <source>Only a part was meant: outline the next smaller lesion at the same clicks.</source>
        <translation>Seule une partie était visée : contourer plus petit, avec les mêmes clics.</translation>
    </message>
    <message>
        <source>Outline by click</source>
        <translation>Contourer par clic</translation>
    </message>
    <message>
        <source>Smaller</source>
        <translation>Plus petit</translation>
    </message>
    <message>
        <source>The layer that strokes and clicks change; the other layers are protected.</source>
        <translation>La couche que modifient les tracés et les clics ; les autres sont protégées.</translation>
    </message>
    <message>
        <source>The next click begins another lesion.</source>
        <translation>Le prochain clic commence une autre lésion.</translation>
    </message>
    <message>
        <source>The next clicks show what does not belong to the lesion.</source>
        <translation>Les prochains clics montrent ce qui ne fait pas partie de la lésion.</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityFinish</name>
    <message>
        <source>6. Report and export</source>
        <translation>6. Compte rendu et export</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exporter</translation>
    </message>
    <message>
        <source>Folder:</source>
        <translation>Dossier :</translation>
    </message>
    <message>
        <source>Freeze the present state as a version, with your name and the time.</source>
        <translation>Figer l'état actuel comme version, avec votre nom et l'heure.</translation>
    </message>
    <message>
        <source>Research use. Not a medical device.</source>
        <translation>Réservé à la recherche. N'est pas un dispositif médical.</translation>
    </message>
    <message>
        <source>Sign</source>
        <translation>Signer</translation>
    </message>
    <message>
        <source>Where the files are written. Choose a new or empty folder.</source>
        <translation>Où les fichiers sont écrits. Choisissez un dossier nouveau ou vide.</translation>
    </message>
    <message>
        <source>Write segmentations, tables and record of all scans of this patient, without name and number of the patient.</source>
        <translation>Écrire segmentations, tableaux et dossier de tous les examens de ce patient, sans son nom ni son numéro.</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityLib</name>
    <message>
        <source>A comparison needs at least two analysed scans.</source>
        <translation>Une comparaison demande au moins deux examens analysés.</translation>
    </message>
    <message>
        <source>A date in the {0} table is not of the form YYYY-MM-DD.</source>
        <translation>Une date du tableau {0} n'a pas la forme AAAA-MM-JJ.</translation>
    </message>
    <message>
        <source>A date must have the form 2024-01-31.</source>
        <translation>Une date doit avoir la forme 2024-01-31.</translation>
    </message>
    <message>
        <source>A decision needs the name of the person who made it.</source>
        <translation>Une décision doit porter le nom de la personne qui l'a prise.</translation>
    </message>
    <message>
        <source>A dense sheet as thin as a cortex is one; metastases of bone are foci or masses.</source>
        <translation>Une lame dense aussi fine qu'une corticale en est une ; les métastases osseuses sont des foyers ou des masses.</translation>
    </message>
    <message>
        <source>A file or folder may not be read or written; nothing was changed.</source>
        <translation>Un fichier ou un dossier ne peut être lu ou écrit ; rien n'a été modifié.</translation>
    </message>
    <message>
        <source>A layer of this result was removed; undo that in the Segment Editor first.</source>
        <translation>Une couche de ce résultat a été supprimée ; annulez d'abord cela dans le Segment Editor.</translation>
    </message>
    <message>
        <source>A point cannot belong to the lesion and not belong to it at once.</source>
        <translation>Un point ne peut à la fois appartenir à la lésion et ne pas lui appartenir.</translation>
    </message>
    <message>
        <source>A point lies outside of the scan.</source>
        <translation>Un point se trouve hors de l'examen.</translation>
    </message>
    <message>
        <source>A registration image could not be read.</source>
        <translation>Une image de recalage n'a pas pu être lue.</translation>
    </message>
    <message>
        <source>A scan of this patient is no longer in the scene; its lesions cannot be followed.</source>
        <translation>Un examen de ce patient n'est plus dans la scène ; ses lésions ne peuvent être suivies.</translation>
    </message>
    <message>
        <source>A scan was removed while it was compared.</source>
        <translation>Un examen a été supprimé pendant la comparaison.</translation>
    </message>
    <message>
        <source>A tumour is a part of its organ, or makes it large. Gallbladders after a fast have 20 ml (SD 10; Ewunonu, J Sci Innov Res 2016;5:96), uteri without disease 15 to 56 ml (Sheth, J Obstet Gynaecol Res 2017, doi 10.1111/jog.13189).</source>
        <translation>Une tumeur est une partie de son organe, ou le rend volumineux. Les vésicules biliaires à jeun ont 20 ml (écart-type 10 ; Ewunonu, J Sci Innov Res 2016;5:96), les utérus sains de 15 à 56 ml (Sheth, J Obstet Gynaecol Res 2017, doi 10.1111/jog.13189).</translation>
    </message>
    <message>
        <source>Affine registration</source>
        <translation>Recalage affine</translation>
    </message>
    <message>
        <source>An adjudication names a reader who has not read this case.</source>
        <translation>Un arbitrage cite un lecteur qui n'a pas lu ce cas.</translation>
    </message>
    <message>
        <source>An image of the series is damaged or not complete.</source>
        <translation>Une image de la série est endommagée ou incomplète.</translation>
    </message>
    <message>
        <source>Analyse a scan first.</source>
        <translation>Analysez d'abord un examen.</translation>
    </message>
    <message>
        <source>Another scan is being analysed; wait for it or cancel it.</source>
        <translation>Un autre examen est en cours d'analyse ; attendez la fin ou annulez.</translation>
    </message>
    <message>
        <source>At most {0} scans can be compared.</source>
        <translation>On peut comparer {0} examens au plus.</translation>
    </message>
    <message>
        <source>Best overall response: {0}, confirmed: {1}</source>
        <translation>Meilleure réponse globale : {0}, confirmée : {1}</translation>
    </message>
    <message>
        <source>Both ends of the diameter lie at the same place.</source>
        <translation>Les deux extrémités du diamètre sont au même endroit.</translation>
    </message>
    <message>
        <source>Choose a CT volume that has been loaded.</source>
        <translation>Choisissez un scanner déjà chargé.</translation>
    </message>
    <message>
        <source>Choosing the proposals</source>
        <translation>Choix des propositions</translation>
    </message>
    <message>
        <source>Click on the lesion first.</source>
        <translation>Cliquez d'abord sur la lésion.</translation>
    </message>
    <message>
        <source>Content mixed with bubbles of gas is faeces or food (Mayo-Smith, Clin Radiol 1995;50:765); tumours with gas in them are rare and ulcerated.</source>
        <translation>Un contenu mêlé de bulles de gaz est fécal ou alimentaire (Mayo-Smith, Clin Radiol 1995;50:765) ; les tumeurs contenant du gaz sont rares et ulcérées.</translation>
    </message>
    <message>
        <source>Cortical bone, the densest tissue of the trunk, has about 1500 HU (Schneider, Phys Med Biol 2000;45:459); the edges of a clip, blurred, have any density.</source>
        <translation>L'os cortical, le tissu le plus dense du tronc, a environ 1500 UH (Schneider, Phys Med Biol 2000;45:459) ; les bords flous d'un clip peuvent avoir n'importe quelle densité.</translation>
    </message>
    <message>
        <source>Deformable registration</source>
        <translation>Recalage élastique</translation>
    </message>
    <message>
        <source>Densities below {0} HU are missing on this scan, as after storing it with a window; they are taken as air, as are lungs.</source>
        <translation>Les densités inférieures à {0} UH manquent sur cet examen, comme après un enregistrement avec une fenêtre ; elles sont prises pour de l'air, les poumons aussi.</translation>
    </message>
    <message>
        <source>Details are in the log: {0}</source>
        <translation>Détails dans le journal : {0}</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Terminé</translation>
    </message>
    <message>
        <source>Enhanced soft tissue stays below 200 HU (Bae, Radiology 2010;256:32); oral contrast medium does not.</source>
        <translation>Les tissus mous rehaussés restent sous 200 UH (Bae, Radiology 2010;256:32) ; le produit de contraste oral, non.</translation>
    </message>
    <message>
        <source>Enlarged nodes more than twice as long as thick were benign in 95 % (Steinkamp, Br J Radiol 1995;68:266); three times, and only thin ones, leaves room for conglomerates. Vessels, muscles and glandular tissue are strands.</source>
        <translation>Les ganglions agrandis plus de deux fois plus longs qu'épais étaient bénins dans 95 % des cas (Steinkamp, Br J Radiol 1995;68:266) ; trois fois, et seulement pour les plus fins, cela laisse place aux conglomérats. Vaisseaux, muscles et tissu glandulaire sont des cordons.</translation>
    </message>
    <message>
        <source>Enter the date of every scan first.</source>
        <translation>Entrez d'abord la date de chaque examen.</translation>
    </message>
    <message>
        <source>Enter your name first: every decision is kept with the name of the person who made it.</source>
        <translation>Entrez d'abord votre nom : chaque décision est conservée avec le nom de la personne qui l'a prise.</translation>
    </message>
    <message>
        <source>Finding lesions</source>
        <translation>Recherche des lésions</translation>
    </message>
    <message>
        <source>Finding the body</source>
        <translation>Recherche du patient dans l'image</translation>
    </message>
    <message>
        <source>Finding the common part of the scans</source>
        <translation>Recherche de la partie commune des examens</translation>
    </message>
    <message>
        <source>Folder {0} is not a result of analyze.</source>
        <translation>Le dossier {0} ne contient pas le résultat d'une analyse.</translation>
    </message>
    <message>
        <source>Folder {0} must hold the result of one scan.</source>
        <translation>Le dossier {0} doit contenir le résultat d'un seul examen.</translation>
    </message>
    <message>
        <source>Give 2 to {0} scans.</source>
        <translation>Donnez de 2 à {0} examens.</translation>
    </message>
    <message>
        <source>It lies before the lungs, under the skin, with a counterpart of its size on the other side. Only 0.7 % of breast cancers are found in both breasts at the same time (Jiang, Cancer Med 2021;10:6089).</source>
        <translation>Il se trouve devant les poumons, sous la peau, avec un pendant de sa taille de l'autre côté. Seuls 0,7 % des cancers du sein sont découverts dans les deux seins en même temps (Jiang, Cancer Med 2021;10:6089).</translation>
    </message>
    <message>
        <source>Lay the scans over each other first.</source>
        <translation>Recalez d'abord les examens.</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Chargement du modèle</translation>
    </message>
    <message>
        <source>Measuring</source>
        <translation>Mesure</translation>
    </message>
    <message>
        <source>Muscle and fat are those of the former analysis: what was corrected in them is not known.</source>
        <translation>Les muscles et la graisse sont ceux de l'analyse précédente : on ignore ce qui y a été corrigé.</translation>
    </message>
    <message>
        <source>Muscle and fat keep what was corrected by hand before this analysis.</source>
        <translation>Les muscles et la graisse gardent ce qui a été corrigé à la main avant cette analyse.</translation>
    </message>
    <message>
        <source>No body was found in the image.</source>
        <translation>Aucun patient n'a été trouvé dans l'image.</translation>
    </message>
    <message>
        <source>No body was found on the scan.</source>
        <translation>Aucun patient n'a été trouvé sur l'examen.</translation>
    </message>
    <message>
        <source>No larger outline is seen here. Click on what belongs to the lesion, too.</source>
        <translation>Aucun contour plus grand n'est visible ici. Cliquez sur ce qui en fait aussi partie.</translation>
    </message>
    <message>
        <source>No scan is being analysed.</source>
        <translation>Aucun examen n'est en cours d'analyse.</translation>
    </message>
    <message>
        <source>No smaller outline is seen here. Click on what does not belong to the lesion.</source>
        <translation>Aucun contour plus petit n'est visible ici. Cliquez sur ce qui n'en fait pas partie.</translation>
    </message>
    <message>
        <source>Nodes with a short axis below 10 mm are not pathological (RECIST 1.1, Eisenhauer, Eur J Cancer 2009;45:228).</source>
        <translation>Les ganglions de petit axe inférieur à 10 mm ne sont pas pathologiques (RECIST 1.1, Eisenhauer, Eur J Cancer 2009;45:228).</translation>
    </message>
    <message>
        <source>Nothing can be told apart from its surroundings at this point.</source>
        <translation>À cet endroit, rien ne se distingue de ce qui l'entoure.</translation>
    </message>
    <message>
        <source>Numbers of days and lengths cannot be negative.</source>
        <translation>Les nombres de jours et les longueurs ne peuvent être négatifs.</translation>
    </message>
    <message>
        <source>One slice is missing (number {0} of {1}); it was interpolated from its neighbours.</source>
        <translation>Une coupe manque (numéro {0} sur {1}) ; elle a été interpolée d'après ses voisines.</translation>
    </message>
    <message>
        <source>Outside the lungs nothing but gas is less dense than fat, which ends at about -130 HU (ICRU Report 44).</source>
        <translation>Hors des poumons, seul le gaz est moins dense que la graisse, qui s'arrête vers -130 UH (rapport ICRU 44).</translation>
    </message>
    <message>
        <source>Reading the CT</source>
        <translation>Lecture du scanner</translation>
    </message>
    <message>
        <source>Reading the headers</source>
        <translation>Lecture des en-têtes</translation>
    </message>
    <message>
        <source>Reading the images</source>
        <translation>Lecture des images</translation>
    </message>
    <message>
        <source>Rigid registration</source>
        <translation>Recalage rigide</translation>
    </message>
    <message>
        <source>Row {0} of the {1} table has more values than the header has columns.</source>
        <translation>La ligne {0} du tableau {1} a plus de valeurs que l'en-tête n'a de colonnes.</translation>
    </message>
    <message>
        <source>Scan {0} has no date; give it with --date.</source>
        <translation>L'examen {0} n'a pas de date ; indiquez-la avec --date.</translation>
    </message>
    <message>
        <source>Scans were added, removed or analysed again since; this step can no longer be undone.</source>
        <translation>Des examens ont été ajoutés, supprimés ou analysés de nouveau depuis ; cette étape ne peut plus être annulée.</translation>
    </message>
    <message>
        <source>Segmenting organs, muscle and fat</source>
        <translation>Segmentation des organes, des muscles et de la graisse</translation>
    </message>
    <message>
        <source>Something went wrong that should not; nothing was changed.</source>
        <translation>Une erreur imprévue s'est produite ; rien n'a été modifié.</translation>
    </message>
    <message>
        <source>Stopped; nothing was changed.</source>
        <translation>Arrêté ; rien n'a été modifié.</translation>
    </message>
    <message>
        <source>The CT of an earlier scan is no longer in the scene.</source>
        <translation>Le scanner d'un examen antérieur n'est plus dans la scène.</translation>
    </message>
    <message>
        <source>The CT of this result is no longer in the scene.</source>
        <translation>Le scanner de ce résultat n'est plus dans la scène.</translation>
    </message>
    <message>
        <source>The CT was removed before it was analysed.</source>
        <translation>Le scanner a été supprimé avant son analyse.</translation>
    </message>
    <message>
        <source>The CT was removed while it was analysed; its result was dropped.</source>
        <translation>Le scanner a été supprimé pendant son analyse ; le résultat a été abandonné.</translation>
    </message>
    <message>
        <source>The DICOM file is damaged.</source>
        <translation>Le fichier DICOM est endommagé.</translation>
    </message>
    <message>
        <source>The RS table has an overall response that is none of CR, PR, SD, NON-CR/NON-PD, PD and NE.</source>
        <translation>Le tableau RS contient une réponse globale autre que CR, PR, SD, NON-CR/NON-PD, PD et NE.</translation>
    </message>
    <message>
        <source>The analysis stopped unexpectedly (exit code {0}).</source>
        <translation>L'analyse s'est arrêtée de façon imprévue (code {0}).</translation>
    </message>
    <message>
        <source>The architecture of the {0} network is not one that this software can run.</source>
        <translation>L'architecture du réseau {0} ne peut être exécutée par ce logiciel.</translation>
    </message>
    <message>
        <source>The axes of the image are not at right angles (the gantry may have been tilted).</source>
        <translation>Les axes de l'image ne sont pas perpendiculaires (le statif était peut-être incliné).</translation>
    </message>
    <message>
        <source>The case has no reader of that name.</source>
        <translation>Aucun lecteur de ce nom dans ce cas.</translation>
    </message>
    <message>
        <source>The case has no scan.</source>
        <translation>Le cas ne contient aucun examen.</translation>
    </message>
    <message>
        <source>The case record beside the segmentation belongs to another CT.</source>
        <translation>Le dossier du cas placé près de la segmentation appartient à un autre scanner.</translation>
    </message>
    <message>
        <source>The case record beside the segmentation must hold exactly one scan.</source>
        <translation>Le dossier du cas placé près de la segmentation doit contenir un seul examen.</translation>
    </message>
    <message>
        <source>The case record cannot be read.</source>
        <translation>Le dossier du cas ne peut être lu.</translation>
    </message>
    <message>
        <source>The case record comes from a newer version of DuOnco Unity; update the program to open it.</source>
        <translation>Le dossier du cas vient d'une version plus récente de DuOnco Unity ; mettez le programme à jour pour l'ouvrir.</translation>
    </message>
    <message>
        <source>The case record is damaged: a lesion lies outside of the scan.</source>
        <translation>Le dossier du cas est endommagé : une lésion est hors de l'examen.</translation>
    </message>
    <message>
        <source>The case record is damaged: a mask cannot be read.</source>
        <translation>Le dossier du cas est endommagé : un masque ne peut être lu.</translation>
    </message>
    <message>
        <source>The case record is damaged: a mask has the wrong size.</source>
        <translation>Le dossier du cas est endommagé : un masque n'a pas la bonne taille.</translation>
    </message>
    <message>
        <source>The case record is damaged: {0}.</source>
        <translation>Le dossier du cas est endommagé : {0}.</translation>
    </message>
    <message>
        <source>The chosen volume has voxels without a value.</source>
        <translation>Le volume choisi contient des voxels sans valeur.</translation>
    </message>
    <message>
        <source>The chosen volume is not a CT: it holds labels or colours.</source>
        <translation>Le volume choisi n'est pas un scanner : il contient des étiquettes ou des couleurs.</translation>
    </message>
    <message>
        <source>The column {0} has a value that is not a number.</source>
        <translation>La colonne {0} contient une valeur qui n'est pas un nombre.</translation>
    </message>
    <message>
        <source>The compressed data of {0} files have no proper end; they may be damaged.</source>
        <translation>Les données comprimées de {0} fichiers n'ont pas de fin correcte ; elles sont peut-être endommagées.</translation>
    </message>
    <message>
        <source>The date must have the form 2024-01-31.</source>
        <translation>La date doit avoir la forme 2024-01-31.</translation>
    </message>
    <message>
        <source>The densities are not in Hounsfield units (air should be near -1000 and soft tissue near 0).</source>
        <translation>Les densités ne sont pas en unités Hounsfield (l'air devrait être près de -1000 et les tissus mous près de 0).</translation>
    </message>
    <message>
        <source>The densities are not in Hounsfield units: they seem to be shifted by about 1024 (stored values without rescale).</source>
        <translation>Les densités ne sont pas en unités Hounsfield : elles semblent décalées d'environ 1024 (valeurs stockées sans mise à l'échelle).</translation>
    </message>
    <message>
        <source>The direction or the pixel size of the images is invalid.</source>
        <translation>L'orientation ou la taille de pixel des images n'est pas valable.</translation>
    </message>
    <message>
        <source>The disk is full; nothing was changed.</source>
        <translation>Le disque est plein ; rien n'a été modifié.</translation>
    </message>
    <message>
        <source>The disk is full; the result was not written.</source>
        <translation>Le disque est plein ; le résultat n'a pas été écrit.</translation>
    </message>
    <message>
        <source>The distance between slices is irregular ({0} to {1} mm).</source>
        <translation>La distance entre les coupes est irrégulière (de {0} à {1} mm).</translation>
    </message>
    <message>
        <source>The ends of an axis must lie apart.</source>
        <translation>Les extrémités d'un axe doivent être distinctes.</translation>
    </message>
    <message>
        <source>The file does not state how the patient lies in it; the axes were taken as they are stored.</source>
        <translation>Le fichier n'indique pas l'orientation du patient ; les axes ont été pris tels quels.</translation>
    </message>
    <message>
        <source>The file is empty.</source>
        <translation>Le fichier est vide.</translation>
    </message>
    <message>
        <source>The file is no CT in a known format (DICOM, NIfTI, NRRD, MHA).</source>
        <translation>Le fichier n'est pas un scanner dans un format connu (DICOM, NIfTI, NRRD, MHA).</translation>
    </message>
    <message>
        <source>The file is not a case record.</source>
        <translation>Le fichier n'est pas un dossier de cas.</translation>
    </message>
    <message>
        <source>The file with the weights of the {0} network is missing.</source>
        <translation>Le fichier des poids du réseau {0} manque.</translation>
    </message>
    <message>
        <source>The folder cannot be opened; check that it exists and that you may read it.</source>
        <translation>Le dossier ne peut être ouvert ; vérifiez qu'il existe et que vous pouvez le lire.</translation>
    </message>
    <message>
        <source>The folder does not hold the chosen series.</source>
        <translation>Le dossier ne contient pas la série choisie.</translation>
    </message>
    <message>
        <source>The folder holds more than {0} files; choose the folder of one patient.</source>
        <translation>Le dossier contient plus de {0} fichiers ; choisissez le dossier d'un seul patient.</translation>
    </message>
    <message>
        <source>The folder holds no CT series that can be analysed.</source>
        <translation>Le dossier ne contient aucune série de scanner analysable.</translation>
    </message>
    <message>
        <source>The folder holds no DICOM images that can be read.</source>
        <translation>Le dossier ne contient aucune image DICOM lisible.</translation>
    </message>
    <message>
        <source>The folder holds scans of {0} patients; choose a series with --series.</source>
        <translation>Le dossier contient des examens de {0} patients ; choisissez une série avec --series.</translation>
    </message>
    <message>
        <source>The folder is not a DuOnco Unity model.</source>
        <translation>Le dossier n'est pas un modèle DuOnco Unity.</translation>
    </message>
    <message>
        <source>The gantry was tilted; the slices were shifted onto a straight grid.</source>
        <translation>Le statif était incliné ; les coupes ont été décalées sur une grille droite.</translation>
    </message>
    <message>
        <source>The graphics processor ran out of memory; the analysis went on, slower, on the main processor.</source>
        <translation>La carte graphique manquait de mémoire ; l'analyse a continué, plus lentement, sur le processeur.</translation>
    </message>
    <message>
        <source>The height must be given in metres, such as 1.75.</source>
        <translation>La taille doit être donnée en mètres, par exemple 1.75.</translation>
    </message>
    <message>
        <source>The image file is damaged or not complete.</source>
        <translation>Le fichier image est endommagé ou incomplet.</translation>
    </message>
    <message>
        <source>The image file is damaged or not what its name says.</source>
        <translation>Le fichier image est endommagé ou ne correspond pas à son nom.</translation>
    </message>
    <message>
        <source>The image has only {0} slices; at least {1} are needed.</source>
        <translation>L'image n'a que {0} coupes ; il en faut au moins {1}.</translation>
    </message>
    <message>
        <source>The image has {0} dimensions; a CT volume has 3.</source>
        <translation>L'image a {0} dimensions ; un scanner en a 3.</translation>
    </message>
    <message>
        <source>The image holds values that are not numbers (NaN or infinite).</source>
        <translation>L'image contient des valeurs qui ne sont pas des nombres (NaN ou infini).</translation>
    </message>
    <message>
        <source>The image is in colour or has several values per voxel; a CT has one.</source>
        <translation>L'image est en couleur ou a plusieurs valeurs par voxel ; un scanner en a une.</translation>
    </message>
    <message>
        <source>The image is larger than any patient ({0} x {1} x {2} mm).</source>
        <translation>L'image est plus grande que tout patient ({0} x {1} x {2} mm).</translation>
    </message>
    <message>
        <source>The image is too large to be analysed ({0} x {1} x {2} voxels).</source>
        <translation>L'image est trop grande pour être analysée ({0} x {1} x {2} voxels).</translation>
    </message>
    <message>
        <source>The images do not say where they lie in the patient (position, direction or pixel size is missing).</source>
        <translation>Les images n'indiquent pas leur place dans le patient (position, orientation ou taille de pixel manquante).</translation>
    </message>
    <message>
        <source>The images have no rescale values; the stored values were taken as Hounsfield units.</source>
        <translation>Les images n'ont pas de mise à l'échelle ; les valeurs stockées ont été prises comme unités Hounsfield.</translation>
    </message>
    <message>
        <source>The images were compressed with loss; densities and small lesions may be altered.</source>
        <translation>Les images ont été comprimées avec perte ; les densités et les petites lésions peuvent être altérées.</translation>
    </message>
    <message>
        <source>The input could not be read from the disk.</source>
        <translation>L'entrée n'a pas pu être lue sur le disque.</translation>
    </message>
    <message>
        <source>The input does not exist.</source>
        <translation>L'entrée n'existe pas.</translation>
    </message>
    <message>
        <source>The input is neither a file nor a folder.</source>
        <translation>L'entrée n'est ni un fichier ni un dossier.</translation>
    </message>
    <message>
        <source>The lesion cannot be restored: something else was drawn in its place.</source>
        <translation>La lésion ne peut être rétablie : autre chose a été dessiné à sa place.</translation>
    </message>
    <message>
        <source>The mask cannot be written; check that the folder exists and that you may write to it.</source>
        <translation>Le masque ne peut être écrit ; vérifiez que le dossier existe et que vous pouvez y écrire.</translation>
    </message>
    <message>
        <source>The mask's file name must end in {0}.</source>
        <translation>Le nom du fichier du masque doit finir par {0}.</translation>
    </message>
    <message>
        <source>The model folder holds no readable bundle.json.</source>
        <translation>Le dossier du modèle ne contient pas de bundle.json lisible.</translation>
    </message>
    <message>
        <source>The model has format version {0}; this software reads version {1}.</source>
        <translation>Le modèle a la version de format {0} ; ce logiciel lit la version {1}.</translation>
    </message>
    <message>
        <source>The model's bundle.json holds a value that makes no sense.</source>
        <translation>Le bundle.json du modèle contient une valeur qui n'a pas de sens.</translation>
    </message>
    <message>
        <source>The model's bundle.json is damaged: it is not valid JSON.</source>
        <translation>Le bundle.json du modèle est endommagé : ce n'est pas du JSON valable.</translation>
    </message>
    <message>
        <source>The model's bundle.json lacks the entry {0}.</source>
        <translation>Il manque l'entrée {0} dans le bundle.json du modèle.</translation>
    </message>
    <message>
        <source>The model's click network must have the labels {0} and scales.</source>
        <translation>Le réseau de clic du modèle doit avoir les étiquettes {0} et des échelles.</translation>
    </message>
    <message>
        <source>The model's lesion network must have the labels {0}.</source>
        <translation>Le réseau des lésions du modèle doit avoir les étiquettes {0}.</translation>
    </message>
    <message>
        <source>The model's lesion network needs organs that its anatomy lacks: {0}.</source>
        <translation>Le réseau des lésions du modèle demande des organes que son anatomie n'a pas : {0}.</translation>
    </message>
    <message>
        <source>The model's {0} network has labels this software does not know: {1}.</source>
        <translation>Le réseau {0} du modèle a des étiquettes inconnues de ce logiciel : {1}.</translation>
    </message>
    <message>
        <source>The model's {0} network is inconsistent: {1}.</source>
        <translation>Le réseau {0} du modèle est incohérent : {1}.</translation>
    </message>
    <message>
        <source>The organs that were edited by hand stay in the scene beside those of this analysis.</source>
        <translation>Les organes corrigés à la main restent dans la scène à côté de ceux de cette analyse.</translation>
    </message>
    <message>
        <source>The output folder holds a result that a person has reviewed; choose another folder.</source>
        <translation>Le dossier de sortie contient un résultat déjà relu par une personne ; choisissez un autre dossier.</translation>
    </message>
    <message>
        <source>The output folder is a file; choose another folder.</source>
        <translation>Le dossier de sortie est un fichier ; choisissez un autre dossier.</translation>
    </message>
    <message>
        <source>The output folder is the current folder; choose another, for example a new folder in it.</source>
        <translation>Le dossier de sortie est le dossier courant ; choisissez-en un autre, par exemple un nouveau dossier à l'intérieur.</translation>
    </message>
    <message>
        <source>The output folder is the top folder of a drive; choose a folder in it.</source>
        <translation>Le dossier de sortie est la racine d'un disque ; choisissez un dossier à l'intérieur.</translation>
    </message>
    <message>
        <source>The record of this case does not know this scan.</source>
        <translation>Le dossier de ce cas ne connaît pas cet examen.</translation>
    </message>
    <message>
        <source>The registration image could not be written.</source>
        <translation>L'image de recalage n'a pas pu être écrite.</translation>
    </message>
    <message>
        <source>The registration of two scans cannot be read.</source>
        <translation>Le recalage de deux examens ne peut être lu.</translation>
    </message>
    <message>
        <source>The rescale values of the images are invalid.</source>
        <translation>Les valeurs de mise à l'échelle des images ne sont pas valables.</translation>
    </message>
    <message>
        <source>The result cannot be written; check that the output folder exists and that you may write to it.</source>
        <translation>Le résultat ne peut être écrit ; vérifiez que le dossier de sortie existe et que vous pouvez y écrire.</translation>
    </message>
    <message>
        <source>The result of the analysis cannot be read.</source>
        <translation>Le résultat de l'analyse ne peut être lu.</translation>
    </message>
    <message>
        <source>The result of the analysis does not lie on the CT.</source>
        <translation>Le résultat de l'analyse ne se superpose pas au scanner.</translation>
    </message>
    <message>
        <source>The same scan was given twice.</source>
        <translation>Le même examen a été donné deux fois.</translation>
    </message>
    <message>
        <source>The scan chosen as baseline is not part of the case.</source>
        <translation>L'examen initial choisi ne fait pas partie du cas.</translation>
    </message>
    <message>
        <source>The scan covers {0} mm from top to bottom, less than thorax, abdomen and pelvis; the tumour burden is that of this part only.</source>
        <translation>L'examen couvre {0} mm de haut en bas, moins que thorax, abdomen et pelvis ; la charge tumorale est celle de cette partie seulement.</translation>
    </message>
    <message>
        <source>The scans cannot be laid over each other here.</source>
        <translation>Les examens ne peuvent être recalés ici.</translation>
    </message>
    <message>
        <source>The scans of {0} and {1} could not be laid well over each other; check every link between their lesions.</source>
        <translation>Les examens du {0} et du {1} n'ont pas pu être bien recalés ; vérifiez chaque lien entre leurs lésions.</translation>
    </message>
    <message>
        <source>The segmentation cannot be written; check that the folder exists, that you may write to it and that the disk is not full.</source>
        <translation>La segmentation ne peut être écrite ; vérifiez que le dossier existe, que vous pouvez y écrire et que le disque n'est pas plein.</translation>
    </message>
    <message>
        <source>The segmentation does not lie on the voxels of this CT; it belongs to another scan or was resampled.</source>
        <translation>La segmentation ne se superpose pas aux voxels de ce scanner ; elle appartient à un autre examen ou a été rééchantillonnée.</translation>
    </message>
    <message>
        <source>The segmentation falls into more than {0} separate lesions; it does not look like a segmentation of lesions.</source>
        <translation>La segmentation se compose de plus de {0} lésions séparées ; elle ne ressemble pas à une segmentation de lésions.</translation>
    </message>
    <message>
        <source>The segmentation file does not exist.</source>
        <translation>Le fichier de segmentation n'existe pas.</translation>
    </message>
    <message>
        <source>The segmentation file is damaged or not a .seg.nrrd file.</source>
        <translation>Le fichier de segmentation est endommagé ou n'est pas un fichier .seg.nrrd.</translation>
    </message>
    <message>
        <source>The segmentation has none of the segments {0}.</source>
        <translation>La segmentation ne contient aucun des segments {0}.</translation>
    </message>
    <message>
        <source>The segments were edited since they were measured; run `duonco-unity measure` first.</source>
        <translation>Les segments ont été modifiés depuis leur mesure ; lancez d'abord `duonco-unity measure`.</translation>
    </message>
    <message>
        <source>The series has only {0} slices; at least {1} are needed.</source>
        <translation>La série n'a que {0} coupes ; il en faut au moins {1}.</translation>
    </message>
    <message>
        <source>The series holds different images at the same place.</source>
        <translation>La série contient des images différentes au même endroit.</translation>
    </message>
    <message>
        <source>The series holds no images.</source>
        <translation>La série ne contient aucune image.</translation>
    </message>
    <message>
        <source>The series is a localizer.</source>
        <translation>La série est un topogramme.</translation>
    </message>
    <message>
        <source>The series is a projection or rendering, not slices.</source>
        <translation>La série est une projection ou un rendu, pas des coupes.</translation>
    </message>
    <message>
        <source>The series is in colour.</source>
        <translation>La série est en couleur.</translation>
    </message>
    <message>
        <source>The series is not a CT (its modality is {0}).</source>
        <translation>La série n'est pas un scanner (sa modalité est {0}).</translation>
    </message>
    <message>
        <source>The series is not complete: {0} of {1} slices are missing.</source>
        <translation>La série est incomplète : {0} coupes sur {1} manquent.</translation>
    </message>
    <message>
        <source>The series is not made of CT images (secondary capture, report or other object).</source>
        <translation>La série n'est pas faite d'images de scanner (capture secondaire, compte rendu ou autre objet).</translation>
    </message>
    <message>
        <source>The slices are not axial; sizes in the axial plane are less exact.</source>
        <translation>Les coupes ne sont pas axiales ; les tailles dans le plan axial sont moins précises.</translation>
    </message>
    <message>
        <source>The slices are shifted against each other.</source>
        <translation>Les coupes sont décalées les unes par rapport aux autres.</translation>
    </message>
    <message>
        <source>The slices are tilted by {0} degrees against the table.</source>
        <translation>Les coupes sont inclinées de {0} degrés par rapport à la table.</translation>
    </message>
    <message>
        <source>The slices do not touch: they are {0} mm thick and {1} mm apart; lesions between them are not seen, and volumes are estimates.</source>
        <translation>Les coupes ne se touchent pas : épaisseur {0} mm, espacement {1} mm ; les lésions situées entre elles ne sont pas vues, et les volumes sont estimés.</translation>
    </message>
    <message>
        <source>The text of version {0} is no longer in the scene.</source>
        <translation>Le texte de la version {0} n'est plus dans la scène.</translation>
    </message>
    <message>
        <source>The text of version {0} is not the one that was signed.</source>
        <translation>Le texte de la version {0} n'est pas celui qui a été signé.</translation>
    </message>
    <message>
        <source>The threshold must lie between 0 and 1.</source>
        <translation>Le seuil doit être compris entre 0 et 1.</translation>
    </message>
    <message>
        <source>The transform between two scans could not be read.</source>
        <translation>La transformation entre deux examens n'a pas pu être lue.</translation>
    </message>
    <message>
        <source>The transform between two scans could not be written.</source>
        <translation>La transformation entre deux examens n'a pas pu être écrite.</translation>
    </message>
    <message>
        <source>The values of the image are not plain numbers.</source>
        <translation>Les valeurs de l'image ne sont pas de simples nombres.</translation>
    </message>
    <message>
        <source>The values of the series are not Hounsfield units.</source>
        <translation>Les valeurs de la série ne sont pas des unités Hounsfield.</translation>
    </message>
    <message>
        <source>The volume is sheared by its transform or gantry tilt; resample it (module Resample Scalar Volume) and choose the result.</source>
        <translation>Le volume est cisaillé par sa transformation ou l'inclinaison du statif ; rééchantillonnez-le (module Resample Scalar Volume) et choisissez le résultat.</translation>
    </message>
    <message>
        <source>The volume is under a deformable transform; harden the transform or remove it first.</source>
        <translation>Le volume est soumis à une transformation élastique ; appliquez-la définitivement ou retirez-la d'abord.</translation>
    </message>
    <message>
        <source>The voxel size is implausible for a body CT ({0} x {1} x {2} mm).</source>
        <translation>La taille de voxel n'est pas plausible pour un scanner du corps ({0} x {1} x {2} mm).</translation>
    </message>
    <message>
        <source>The weight must be given in kilograms, such as 70.</source>
        <translation>Le poids doit être donné en kilogrammes, par exemple 70.</translation>
    </message>
    <message>
        <source>The weights of the {0} network are damaged: their checksum is not the one in bundle.json.</source>
        <translation>Les poids du réseau {0} sont endommagés : leur somme de contrôle n'est pas celle de bundle.json.</translation>
    </message>
    <message>
        <source>The weights of the {0} network are not a plain table of tensors.</source>
        <translation>Les poids du réseau {0} ne sont pas une simple table de tenseurs.</translation>
    </message>
    <message>
        <source>The weights of the {0} network are not finite numbers.</source>
        <translation>Les poids du réseau {0} ne sont pas des nombres finis.</translation>
    </message>
    <message>
        <source>The weights of the {0} network cannot be read safely.</source>
        <translation>Les poids du réseau {0} ne peuvent être lus en sécurité.</translation>
    </message>
    <message>
        <source>The weights of the {0} network do not fit its architecture.</source>
        <translation>Les poids du réseau {0} ne correspondent pas à son architecture.</translation>
    </message>
    <message>
        <source>The weights of the {0} network must lie in the model folder itself.</source>
        <translation>Les poids du réseau {0} doivent se trouver dans le dossier du modèle.</translation>
    </message>
    <message>
        <source>The work is still running.</source>
        <translation>Le calcul est encore en cours.</translation>
    </message>
    <message>
        <source>The {0} table cannot be read.</source>
        <translation>Le tableau {0} ne peut être lu.</translation>
    </message>
    <message>
        <source>The {0} table has the column {1} twice.</source>
        <translation>Le tableau {0} contient deux fois la colonne {1}.</translation>
    </message>
    <message>
        <source>The {0} table is empty.</source>
        <translation>Le tableau {0} est vide.</translation>
    </message>
    <message>
        <source>The {0} table is not a readable CSV file (line {1}).</source>
        <translation>Le tableau {0} n'est pas un fichier CSV lisible (ligne {1}).</translation>
    </message>
    <message>
        <source>The {0} table is not a text file.</source>
        <translation>Le tableau {0} n'est pas un fichier texte.</translation>
    </message>
    <message>
        <source>The {0} table lacks the column {1}.</source>
        <translation>Il manque la colonne {1} au tableau {0}.</translation>
    </message>
    <message>
        <source>There is already a lesion at this place; choose it to change it.</source>
        <translation>Il y a déjà une lésion à cet endroit ; choisissez-la pour la modifier.</translation>
    </message>
    <message>
        <source>There is no body around it and none behind it.</source>
        <translation>Il n'y a pas de corps autour, ni derrière.</translation>
    </message>
    <message>
        <source>There is no body around it: clothes, cables, air.</source>
        <translation>Il n'y a pas de corps autour : vêtements, câbles, air.</translation>
    </message>
    <message>
        <source>There is no decision on this lesion to take back.</source>
        <translation>Il n'y a aucune décision à annuler pour cette lésion.</translation>
    </message>
    <message>
        <source>There is no lesion {0} in this case.</source>
        <translation>Il n'y a pas de lésion {0} dans ce cas.</translation>
    </message>
    <message>
        <source>There is no lesion {0} on this scan.</source>
        <translation>Il n'y a pas de lésion {0} sur cet examen.</translation>
    </message>
    <message>
        <source>There is no room on the disk to decode the images.</source>
        <translation>Il n'y a pas assez de place sur le disque pour décoder les images.</translation>
    </message>
    <message>
        <source>There is not enough memory for the analysis of this scan.</source>
        <translation>Il n'y a pas assez de mémoire pour l'analyse de cet examen.</translation>
    </message>
    <message>
        <source>There is not enough memory for this scan.</source>
        <translation>Il n'y a pas assez de mémoire pour cet examen.</translation>
    </message>
    <message>
        <source>There is not enough memory to read the CT.</source>
        <translation>Il n'y a pas assez de mémoire pour lire le scanner.</translation>
    </message>
    <message>
        <source>There is nothing to undo.</source>
        <translation>Il n'y a rien à annuler.</translation>
    </message>
    <message>
        <source>These points lie too far apart to belong to one lesion.</source>
        <translation>Ces points sont trop éloignés pour appartenir à une seule lésion.</translation>
    </message>
    <message>
        <source>These scans belong to cases that people have worked on; they cannot be joined.</source>
        <translation>Ces examens appartiennent à des cas sur lesquels on a déjà travaillé ; ils ne peuvent être réunis.</translation>
    </message>
    <message>
        <source>This computer has no usable {0} device.</source>
        <translation>Cet ordinateur n'a pas de périphérique {0} utilisable.</translation>
    </message>
    <message>
        <source>This lesion is no longer there.</source>
        <translation>Cette lésion n'existe plus.</translation>
    </message>
    <message>
        <source>This lesion is not rejected.</source>
        <translation>Cette lésion n'est pas rejetée.</translation>
    </message>
    <message>
        <source>This model cannot segment a lesion from a click.</source>
        <translation>Ce modèle ne peut segmenter une lésion d'un clic.</translation>
    </message>
    <message>
        <source>This model was not calibrated, so its sensitivity cannot be chosen; give a threshold.</source>
        <translation>Ce modèle n'a pas été étalonné, sa sensibilité ne peut donc être choisie ; donnez un seuil.</translation>
    </message>
    <message>
        <source>Unknown device {0}; choose auto, cpu, cuda or mps.</source>
        <translation>Périphérique {0} inconnu ; choisissez auto, cpu, cuda ou mps.</translation>
    </message>
    <message>
        <source>Untreated osteoblastic metastases have a mean density of 654 HU, 95 % of them one below 885 HU; above it lie bone islands, metal and undiluted contrast medium (Ulano, AJR 2016;207:362).</source>
        <translation>Les métastases ostéocondensantes non traitées ont une densité moyenne de 654 UH, inférieure à 885 UH pour 95 % d'entre elles ; au-dessus se trouvent îlots osseux, métal et produit de contraste non dilué (Ulano, AJR 2016;207:362).</translation>
    </message>
    <message>
        <source>What is smaller than two pixels, or flat on one of many thin slices, cannot be told from noise (sampling theorem).</source>
        <translation>Ce qui est plus petit que deux pixels, ou plat sur une seule coupe fine, ne se distingue pas du bruit (théorème d'échantillonnage).</translation>
    </message>
    <message>
        <source>Whole-body tumour burden and body composition from CT.</source>
        <translation>Charge tumorale du corps entier et composition corporelle au scanner.</translation>
    </message>
    <message>
        <source>Writing the result</source>
        <translation>Écriture du résultat</translation>
    </message>
    <message>
        <source>You may not read the input (permission denied).</source>
        <translation>Vous ne pouvez pas lire l'entrée (accès refusé).</translation>
    </message>
    <message>
        <source>{0} begins with {1}; there is no link to cut.</source>
        <translation>{0} commence par {1} ; il n'y a pas de lien à couper.</translation>
    </message>
    <message>
        <source>{0} does not hold {1} at this scan.</source>
        <translation>{0} ne contient pas {1} sur cet examen.</translation>
    </message>
    <message>
        <source>{0} files of the folder could not be read and were left out.</source>
        <translation>{0} fichiers du dossier n'ont pas pu être lus et ont été laissés de côté.</translation>
    </message>
    <message>
        <source>{0} images are copies of others and were left out.</source>
        <translation>{0} images sont des copies d'autres et ont été laissées de côté.</translation>
    </message>
    <message>
        <source>{0} images of the same series belong to other scans or do not fit and were left out.</source>
        <translation>{0} images de la même série appartiennent à d'autres examens ou ne conviennent pas ; elles ont été laissées de côté.</translation>
    </message>
    <message>
        <source>{0} is not followed at this scan.</source>
        <translation>{0} n'est pas suivie sur cet examen.</translation>
    </message>
    <message>
        <source>{0} slices do not resemble their neighbours and may be damaged or misplaced (first: number {1}).</source>
        <translation>{0} coupes ne ressemblent pas à leurs voisines et sont peut-être endommagées ou mal placées (première : numéro {1}).</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.analyse</name>
    <message>
        <source>Analyse</source>
        <translation>Analyser</translation>
    </message>
    <message>
        <source>Analyse {count} scans</source>
        <translation>Analyser {count} examens</translation>
    </message>
    <message>
        <source>Analysed before: {scans}.

Lesions that somebody decided on or drew stay as they are, and so do corrections of muscle and fat. Everything else is found anew. Analyse again?</source>
        <translation>Déjà analysé : {scans}.

Les lésions sur lesquelles quelqu'un s'est prononcé ou qu'il a tracées restent telles quelles, de même que les corrections des muscles et de la graisse. Tout le reste est recherché à nouveau. Analyser de nouveau ?</translation>
    </message>
    <message>
        <source>Apple graphics</source>
        <translation>Carte graphique Apple</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatique</translation>
    </message>
    <message>
        <source>Choose a CT first.</source>
        <translation>Choisissez d'abord un scanner.</translation>
    </message>
    <message>
        <source>NVIDIA graphics card</source>
        <translation>Carte graphique NVIDIA</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Processeur</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Démarrage</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.burden</name>
    <message>
        <source>Tumour burden</source>
        <translation>Charge tumorale</translation>
    </message>
    <message>
        <source>Volume (ml)</source>
        <translation>Volume (ml)</translation>
    </message>
    <message>
        <source>Whole scan</source>
        <translation>Tout l'examen</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.burden_wording</name>
    <message>
        <source>Areas and densities were measured on the slice at {level}.</source>
        <translation>Surfaces et densités mesurées sur la coupe passant par {level}.</translation>
    </message>
    <message>
        <source>Enter the height of the patient in step 1 for the skeletal muscle index.</source>
        <translation>Entrez la taille du patient à l'étape 1 pour l'indice musculaire squelettique.</translation>
    </message>
    <message>
        <source>HU</source>
        <translation>UH</translation>
    </message>
    <message>
        <source>Largest distance between two lesions: {distance} mm.</source>
        <translation>Plus grande distance entre deux lésions : {distance} mm.</translation>
    </message>
    <message>
        <source>No lumbar spine was found on this scan, so no areas were measured.</source>
        <translation>Aucun rachis lombaire n'a été trouvé sur cet examen ; aucune surface n'a donc été mesurée.</translation>
    </message>
    <message>
        <source>Nodes below 10 mm, not counted: {count}.</source>
        <translation>Ganglions de moins de 10 mm, non comptés : {count}.</translation>
    </message>
    <message>
        <source>Rejected, not counted: {count}.</source>
        <translation>Rejetées, non comptées : {count}.</translation>
    </message>
    <message>
        <source>Skeletal muscle index</source>
        <translation>Indice musculaire squelettique</translation>
    </message>
    <message>
        <source>Unknown site</source>
        <translation>Siège inconnu</translation>
    </message>
    <message>
        <source>Visceral to subcutaneous fat</source>
        <translation>Rapport graisse viscérale / sous-cutanée</translation>
    </message>
    <message>
        <source>{count} lesions in {sites} sites, {volume} ml.</source>
        <translation>{count} lésions dans {sites} localisations, {volume} ml.</translation>
    </message>
    <message>
        <source>{tissue}: area</source>
        <translation>{tissue} : surface</translation>
    </message>
    <message>
        <source>{tissue}: density</source>
        <translation>{tissue} : densité</translation>
    </message>
    <message>
        <source>{tissue}: volume L1 to L5</source>
        <translation>{tissue} : volume de L1 à L5</translation>
    </message>
    <message>
        <source>{tissue}: volume of the whole scan</source>
        <translation>{tissue} : volume de tout l'examen</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.compare</name>
    <message>
        <source>Analyse a scan first.</source>
        <translation>Analysez d'abord un examen.</translation>
    </message>
    <message>
        <source>Analyse at least two scans of this patient. Scans from files are put into one patient in step 1.</source>
        <translation>Analysez au moins deux examens de ce patient. Les examens venant de fichiers se regroupent en un patient à l'étape 1.</translation>
    </message>
    <message>
        <source>By the rules</source>
        <translation>Selon les règles</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Démarrage</translation>
    </message>
    <message>
        <source>This is the first scan; choose a later one in step 1.</source>
        <translation>C'est le premier examen ; choisissez-en un plus récent à l'étape 1.</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.compare_views</name>
    <message>
        <source>Earlier</source>
        <translation>Avant</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Maintenant</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.compare_wording</name>
    <message>
        <source>Best overall response: {best}, confirmed: {confirmed}.</source>
        <translation>Meilleure réponse globale : {best}, confirmée : {confirmed}.</translation>
    </message>
    <message>
        <source>By iRECIST: {best}.</source>
        <translation>Selon iRECIST : {best}.</translation>
    </message>
    <message>
        <source>Change from baseline</source>
        <translation>Évolution depuis l'examen initial</translation>
    </message>
    <message>
        <source>Change from the lowest</source>
        <translation>Évolution depuis le nadir</translation>
    </message>
    <message>
        <source>Lowest sum before (mm)</source>
        <translation>Nadir de la somme (mm)</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Nouvelle</translation>
    </message>
    <message>
        <source>New lesions</source>
        <translation>Nouvelles lésions</translation>
    </message>
    <message>
        <source>Non-target</source>
        <translation>Non cible</translation>
    </message>
    <message>
        <source>Non-target lesions</source>
        <translation>Lésions non cibles</translation>
    </message>
    <message>
        <source>Not counted</source>
        <translation>Non comptée</translation>
    </message>
    <message>
        <source>RECIST, iRECIST and volume agree.</source>
        <translation>RECIST, iRECIST et volume concordent.</translation>
    </message>
    <message>
        <source>Response by volume</source>
        <translation>Réponse selon le volume</translation>
    </message>
    <message>
        <source>Sum of diameters (mm)</source>
        <translation>Somme des diamètres (mm)</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Cible</translation>
    </message>
    <message>
        <source>Target lesions</source>
        <translation>Lésions cibles</translation>
    </message>
    <message>
        <source>The scans could not be laid well over each other: check every link between their lesions.</source>
        <translation>Les examens n'ont pas pu être bien recalés : vérifiez chaque lien entre leurs lésions.</translation>
    </message>
    <message>
        <source>The scans lie well on each other (expected error {error} mm).</source>
        <translation>Les examens sont bien recalés (erreur attendue {error} mm).</translation>
    </message>
    <message>
        <source>Total volume (ml)</source>
        <translation>Volume total (ml)</translation>
    </message>
    <message>
        <source>back</source>
        <translation>réapparue</translation>
    </message>
    <message>
        <source>gone</source>
        <translation>disparue</translation>
    </message>
    <message>
        <source>merged</source>
        <translation>fusionnée</translation>
    </message>
    <message>
        <source>new</source>
        <translation>nouvelle</translation>
    </message>
    <message>
        <source>not scanned</source>
        <translation>hors du champ</translation>
    </message>
    <message>
        <source>split</source>
        <translation>divisée</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.correct</name>
    <message>
        <source>Outlining the lesion...</source>
        <translation>Contourage de la lésion...</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.dependencies</name>
    <message>
        <source>DuOnco Unity needs Python packages that are not installed yet:

{names}

They are downloaded once from the Python package index; scans never leave this computer. Install them now? This may take some minutes.</source>
        <translation>DuOnco Unity a besoin de paquets Python qui ne sont pas encore installés :

{names}

Ils sont téléchargés une seule fois depuis l'index des paquets Python ; les examens ne quittent jamais cet ordinateur. Les installer maintenant ? Cela peut prendre quelques minutes.</translation>
    </message>
    <message>
        <source>Install the extension PyTorch in the Extensions Manager, restart Slicer and try again.</source>
        <translation>Installez l'extension PyTorch dans le gestionnaire d'extensions, redémarrez Slicer et réessayez.</translation>
    </message>
    <message>
        <source>PyTorch was not installed.</source>
        <translation>PyTorch n'a pas été installé.</translation>
    </message>
    <message>
        <source>The folder does not hold all packages for this computer and Python {version}.</source>
        <translation>Le dossier ne contient pas tous les paquets pour cet ordinateur et Python {version}.</translation>
    </message>
    <message>
        <source>The packages could not be installed; is there a network connection?</source>
        <translation>Les paquets n'ont pas pu être installés ; y a-t-il une connexion au réseau ?</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.finish</name>
    <message>
        <source>Choose a folder for the files.</source>
        <translation>Choisissez un dossier pour les fichiers.</translation>
    </message>
    <message>
        <source>Files written: {count}. Names, tables and records hold no name or number of the patient.</source>
        <translation>Fichiers écrits : {count}. Noms, tableaux et dossiers ne contiennent ni nom ni numéro du patient.</translation>
    </message>
    <message>
        <source>Sign version {number}</source>
        <translation>Signer la version {number}</translation>
    </message>
    <message>
        <source>This folder holds the files of other scans. Replace them?</source>
        <translation>Ce dossier contient les fichiers d'autres examens. Les remplacer ?</translation>
    </message>
    <message>
        <source>Writing scan {number} of {count}</source>
        <translation>Écriture de l'examen {number} sur {count}</translation>
    </message>
    <message>
        <source>{unreviewed}

Sign all the same? The version will say so.</source>
        <translation>{unreviewed}

Signer quand même ? La version le mentionnera.</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.finish_wording</name>
    <message>
        <source>All lesions of all scans are reviewed.</source>
        <translation>Toutes les lésions de tous les examens sont relues.</translation>
    </message>
    <message>
        <source>Changed since then: what is shown now is not signed. Sign it as the next version.</source>
        <translation>Modifié depuis : ce qui est affiché n'est pas signé. Signez-le comme version suivante.</translation>
    </message>
    <message>
        <source>Lesions not reviewed when it was signed: {count}.</source>
        <translation>Lésions non relues lors de la signature : {count}.</translation>
    </message>
    <message>
        <source>Not signed yet.</source>
        <translation>Pas encore signé.</translation>
    </message>
    <message>
        <source>Version {number}, signed by {name} on {date}.</source>
        <translation>Version {number}, signée par {name} le {date}.</translation>
    </message>
    <message>
        <source>{scan}: {count} of {all} not reviewed ({names})</source>
        <translation>{scan} : {count} sur {all} non relues ({names})</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.installation</name>
    <message>
        <source>Download</source>
        <translation>Télécharger</translation>
    </message>
    <message>
        <source>DuOnco Unity</source>
        <translation>DuOnco Unity</translation>
    </message>
    <message>
        <source>Folder with the packages</source>
        <translation>Dossier contenant les paquets</translation>
    </message>
    <message>
        <source>From a folder...</source>
        <translation>Depuis un dossier...</translation>
    </message>
    <message>
        <source>PyTorch is not installed.</source>
        <translation>PyTorch n'est pas installé.</translation>
    </message>
    <message>
        <source>Without a network: choose a folder with the packages, see the tutorial.</source>
        <translation>Sans réseau : choisissez un dossier contenant les paquets, voir le tutoriel.</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.lesion_rows</name>
    <message>
        <source>All but rejected</source>
        <translation>Sauf rejetées</translation>
    </message>
    <message>
        <source>All organs</source>
        <translation>Tous les organes</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Évol.</translation>
    </message>
    <message>
        <source>Conf.</source>
        <translation>Conf.</translation>
    </message>
    <message>
        <source>Confidence of the network that this is disease</source>
        <translation>Confiance du réseau qu'il s'agit de la maladie</translation>
    </message>
    <message>
        <source>ID</source>
        <translation>N°</translation>
    </message>
    <message>
        <source>Lesion or lymph node</source>
        <translation>Lésion ou ganglion</translation>
    </message>
    <message>
        <source>Long</source>
        <translation>Grand</translation>
    </message>
    <message>
        <source>Long axis in mm; a pencil marks one drawn by hand</source>
        <translation>Grand axe en mm ; un crayon marque celui qui est tracé à la main</translation>
    </message>
    <message>
        <source>Not sure</source>
        <translation>Incertaine</translation>
    </message>
    <message>
        <source>Organ or region</source>
        <translation>Organe ou région</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>Rejetées</translation>
    </message>
    <message>
        <source>Reviewed</source>
        <translation>Relues</translation>
    </message>
    <message>
        <source>Short</source>
        <translation>Petit</translation>
    </message>
    <message>
        <source>Short axis in mm; a pencil marks one drawn by hand</source>
        <translation>Petit axe en mm ; un crayon marque celui qui est tracé à la main</translation>
    </message>
    <message>
        <source>Site</source>
        <translation>Siège</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>État</translation>
    </message>
    <message>
        <source>To review</source>
        <translation>À relire</translation>
    </message>
    <message>
        <source>Unknown site</source>
        <translation>Siège inconnu</translation>
    </message>
    <message>
        <source>Volume against the scan before</source>
        <translation>Volume par rapport à l'examen précédent</translation>
    </message>
    <message>
        <source>Volume in ml</source>
        <translation>Volume en ml</translation>
    </message>
    <message>
        <source>added</source>
        <translation>ajoutée</translation>
    </message>
    <message>
        <source>confirmed</source>
        <translation>confirmée</translation>
    </message>
    <message>
        <source>corrected</source>
        <translation>corrigée</translation>
    </message>
    <message>
        <source>ml</source>
        <translation>ml</translation>
    </message>
    <message>
        <source>new</source>
        <translation>nouvelle</translation>
    </message>
    <message>
        <source>not sure</source>
        <translation>incertaine</translation>
    </message>
    <message>
        <source>rejected</source>
        <translation>rejetée</translation>
    </message>
    <message>
        <source>to review</source>
        <translation>à relire</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.questions</name>
    <message>
        <source>DuOnco Unity</source>
        <translation>DuOnco Unity</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.review</name>
    <message>
        <source>Confirm {count} listed, confidence from</source>
        <translation>Confirmer la liste ({count}), confiance min.</translation>
    </message>
    <message>
        <source>Shown: {shown}. Less certain and not shown: {hidden}.</source>
        <translation>Affichées : {shown}. Moins certaines et non affichées : {hidden}.</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.sample_data</name>
    <message>
        <source>DuOnco Unity</source>
        <translation>DuOnco Unity</translation>
    </message>
    <message>
        <source>Synthetic patient</source>
        <translation>Patient synthétique</translation>
    </message>
    <message>
        <source>Synthetic patient, two scans</source>
        <translation>Patient synthétique, deux examens</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.scans</name>
    <message>
        <source>Analysed</source>
        <translation>Analysé</translation>
    </message>
    <message>
        <source>Date unknown</source>
        <translation>Date inconnue</translation>
    </message>
    <message>
        <source>Not analysed</source>
        <translation>Non analysé</translation>
    </message>
    <message>
        <source>The selected scans belong to different patients: {names}. Are they the same person?</source>
        <translation>Les examens sélectionnés appartiennent à des patients différents : {names}. S'agit-il de la même personne ?</translation>
    </message>
    <message>
        <source>Without patient</source>
        <translation>Sans patient</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.section</name>
    <message>
        <source>Analyse a scan first.</source>
        <translation>Analysez d'abord un examen.</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityPanel.wording</name>
    <message>
        <source>Click on a lesion, or where one was missed.</source>
        <translation>Cliquez sur une lésion, ou là où il en manque une.</translation>
    </message>
    <message>
        <source>Click on both ends of the longest diameter of a lesion.</source>
        <translation>Cliquez sur les deux extrémités du plus grand diamètre d'une lésion.</translation>
    </message>
    <message>
        <source>Click on the other end of the diameter.</source>
        <translation>Cliquez sur l'autre extrémité du diamètre.</translation>
    </message>
    <message>
        <source>Lesions reviewed: {done} of {count}</source>
        <translation>Lésions relues : {done} sur {count}</translation>
    </message>
    <message>
        <source>No lesion found. Not reviewed.</source>
        <translation>Aucune lésion trouvée. Non relu.</translation>
    </message>
    <message>
        <source>Not reviewed. Lesions proposed by the network: {count}</source>
        <translation>Non relu. Lésions proposées par le réseau : {count}</translation>
    </message>
    <message>
        <source>Scan {number} of {count} ({scan}). {progress}</source>
        <translation>Examen {number} sur {count} ({scan}). {progress}</translation>
    </message>
    <message>
        <source>Scans analysed: {done} of {count}</source>
        <translation>Examens analysés : {done} sur {count}</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Undo: click</source>
        <translation>Annuler : clic</translation>
    </message>
    <message>
        <source>Undo: confidence shown</source>
        <translation>Annuler : confiance affichée</translation>
    </message>
    <message>
        <source>Undo: confirm</source>
        <translation>Annuler : confirmer</translation>
    </message>
    <message>
        <source>Undo: confirm all</source>
        <translation>Annuler : tout confirmer</translation>
    </message>
    <message>
        <source>Undo: edit</source>
        <translation>Annuler : modification</translation>
    </message>
    <message>
        <source>Undo: move of an axis</source>
        <translation>Annuler : déplacement d'un axe</translation>
    </message>
    <message>
        <source>Undo: not sure</source>
        <translation>Annuler : incertaine</translation>
    </message>
    <message>
        <source>Undo: reject</source>
        <translation>Annuler : rejeter</translation>
    </message>
    <message>
        <source>Undo: restore</source>
        <translation>Annuler : rétablir</translation>
    </message>
    <message>
        <source>{lesion}: click on what belongs to it, too.</source>
        <translation>{lesion} : cliquez sur ce qui en fait aussi partie.</translation>
    </message>
    <message>
        <source>{lesion}: click on what does not belong to it.</source>
        <translation>{lesion} : cliquez sur ce qui n'en fait pas partie.</translation>
    </message>
    <message>
        <source>{scan}: {reason}</source>
        <translation>{scan} : {reason}</translation>
    </message>
    <message>
        <source>{stage}: about {minutes} min {seconds} s left</source>
        <translation>{stage} : encore {minutes} min {seconds} s environ</translation>
    </message>
    <message>
        <source>{stage}: about {seconds} s left</source>
        <translation>{stage} : encore {seconds} s environ</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityReview</name>
    <message>
        <source>3. Review</source>
        <translation>3. Relire</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Ajouter</translation>
    </message>
    <message>
        <source>Add a lesion that was missed.</source>
        <translation>Ajouter une lésion oubliée.</translation>
    </message>
    <message>
        <source>Bring a rejected lesion back; show the rejected ones with the filter.</source>
        <translation>Rétablir une lésion rejetée ; le filtre montre les lésions rejetées.</translation>
    </message>
    <message>
        <source>Change the mask of the lesion.</source>
        <translation>Modifier le masque de la lésion.</translation>
    </message>
    <message>
        <source>Confidence from:</source>
        <translation>Confiance minimale :</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>Confirmer</translation>
    </message>
    <message>
        <source>Confirm all listed lesions that nobody has reviewed and of which the network is this sure. Choose an organ above to confirm there only.</source>
        <translation>Confirmer toutes les lésions listées que personne n'a relues et dont le réseau est sûr à ce point. Choisissez un organe plus haut pour ne confirmer que là.</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Modifier</translation>
    </message>
    <message>
        <source>Go to the next lesion that nobody has reviewed.</source>
        <translation>Aller à la prochaine lésion que personne n'a relue.</translation>
    </message>
    <message>
        <source>Go to the previous lesion that nobody has reviewed.</source>
        <translation>Aller à la précédente lésion que personne n'a relue.</translation>
    </message>
    <message>
        <source>It may not be disease: it is followed as equivocal.</source>
        <translation>Ce n'est peut-être pas la maladie : elle est suivie comme équivoque.</translation>
    </message>
    <message>
        <source>Lowest confidence of the lesions that are confirmed together.</source>
        <translation>Confiance minimale des lésions confirmées ensemble.</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Suivante</translation>
    </message>
    <message>
        <source>Not disease: it leaves burden and layers and can be restored.</source>
        <translation>Pas la maladie : elle quitte la charge tumorale et les couches, et peut être rétablie.</translation>
    </message>
    <message>
        <source>Not sure</source>
        <translation>Incertaine</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>Précédente</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>Rejeter</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Rétablir</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Rechercher</translation>
    </message>
    <message>
        <source>Search in all columns.</source>
        <translation>Rechercher dans toutes les colonnes.</translation>
    </message>
    <message>
        <source>Select a lesion to centre the views on it and show its outline and axes. Click a title to sort.</source>
        <translation>Sélectionnez une lésion pour centrer les vues sur elle et montrer son contour et ses axes. Cliquez sur un titre pour trier.</translation>
    </message>
    <message>
        <source>Show lesions of one status only.</source>
        <translation>Ne montrer que les lésions d'un état.</translation>
    </message>
    <message>
        <source>Show one layer or organ only.</source>
        <translation>Ne montrer qu'une couche ou un organe.</translation>
    </message>
    <message>
        <source>Show the proposals of the network from this confidence on. What a person decided stays.</source>
        <translation>Montrer les propositions du réseau à partir de cette confiance. Ce qu'une personne a décidé reste.</translation>
    </message>
    <message>
        <source>Take the latest step back.</source>
        <translation>Annuler la dernière étape.</translation>
    </message>
    <message>
        <source>The lesion is disease as outlined; go on to the next one.</source>
        <translation>La lésion est bien la maladie, telle que délimitée ; passer à la suivante.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Annuler</translation>
    </message>
</context>
<context>
    <name>DuOncoUnityScans</name>
    <message>
        <source> kg</source>
        <translation> kg</translation>
    </message>
    <message>
        <source> m</source>
        <translation> m</translation>
    </message>
    <message>
        <source>1. Scans</source>
        <translation>1. Examens</translation>
    </message>
    <message>
        <source>CT</source>
        <translation>Scanner</translation>
    </message>
    <message>
        <source>DICOM...</source>
        <translation>DICOM...</translation>
    </message>
    <message>
        <source>Date of the chosen scan. Type it where the file has none.</source>
        <translation>Date de l'examen choisi. Saisissez-la si le fichier n'en a pas.</translation>
    </message>
    <message>
        <source>Date of the scan:</source>
        <translation>Date de l'examen :</translation>
    </message>
    <message>
        <source>Height of the patient, for the skeletal muscle index. Type it where the file has none.</source>
        <translation>Taille du patient, pour l'indice musculaire squelettique. Saisissez-la si le fichier n'en a pas.</translation>
    </message>
    <message>
        <source>Height:</source>
        <translation>Taille :</translation>
    </message>
    <message>
        <source>Load a CT from Slicer's DICOM database.</source>
        <translation>Charger un scanner depuis la base DICOM de Slicer.</translation>
    </message>
    <message>
        <source>Load a CT from a file: NIfTI, NRRD, MHA.</source>
        <translation>Charger un scanner depuis un fichier : NIfTI, NRRD, MHA.</translation>
    </message>
    <message>
        <source>Load a CT...</source>
        <translation>Charger un scanner...</translation>
    </message>
    <message>
        <source>One patient</source>
        <translation>Un seul patient</translation>
    </message>
    <message>
        <source>Scan</source>
        <translation>Examen</translation>
    </message>
    <message>
        <source>State</source>
        <translation>État</translation>
    </message>
    <message>
        <source>The CTs of the scene by patient and date. Tick those to be analysed; click one to work on it.</source>
        <translation>Les scanners de la scène par patient et par date. Cochez ceux à analyser ; cliquez sur l'un d'eux pour y travailler.</translation>
    </message>
    <message>
        <source>The selected scans (Ctrl+click for several) are of one patient: they are compared with each other.</source>
        <translation>Les examens sélectionnés (Ctrl+clic pour plusieurs) sont du même patient : ils sont comparés entre eux.</translation>
    </message>
    <message>
        <source>Weight of the patient at the chosen scan.</source>
        <translation>Poids du patient à l'examen choisi.</translation>
    </message>
    <message>
        <source>Weight:</source>
        <translation>Poids :</translation>
    </message>
    <message>
        <source>YYYY-MM-DD</source>
        <translation>AAAA-MM-JJ</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>inconnu</translation>
    </message>
</context>
</TS>
